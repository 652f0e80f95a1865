package dev.redrive.dev;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.redrive.dev.DevInstance.DevException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.StringJoiner;
import java.util.TreeMap;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.Incompatibility;
import org.jspecify.annotations.Nullable;

/**
 * Subjects, versions and schemas of the development registry, kept in one file. A change is on disk before it is
 * acknowledged; after a crash there is either the old file or the new one.
 *
 * <p>Schemas are equal if they parse to the same schema; white space and the order of JSON members are ignored.
 * Thread-safe.
 */
final class SchemaCatalog {

    static final int MAX_SCHEMAS = 500;
    static final int MAX_SUBJECTS = 500;
    static final int MAX_VERSIONS = 500;
    static final int MAX_SCHEMA_CHARS = 262_144;
    static final int MAX_SUBJECT_CHARS = 300;

    /** Files of earlier releases contain members that this one does not use. */
    static final JsonMapper JSON = JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    private final Path file;
    private final Path next;
    private State state;

    /** Loads the directory's file; throws {@code DATA_UNREADABLE} if it cannot be parsed. */
    SchemaCatalog(Path directory) {
        this.file = directory.resolve("registry.json");
        this.next = directory.resolve("registry.json.next");
        try {
            this.state = Files.exists(file) ? JSON.readValue(Files.readAllBytes(file), State.class) : State.EMPTY;
        } catch (IOException e) {
            throw new DevException(
                    DevException.Reason.DATA_UNREADABLE,
                    "the schema registry's file " + file + " cannot be read; move it away to start without it",
                    e);
        }
    }

    static final class RegistryException extends Exception {

        private static final long serialVersionUID = 1L;

        private final int status;
        private final int errorCode;

        RegistryException(int status, int errorCode, String message) {
            super(message);
            this.status = status;
            this.errorCode = errorCode;
        }

        int status() {
            return status;
        }

        int errorCode() {
            return errorCode;
        }

        static RegistryException invalidSchema(String detail) {
            return new RegistryException(422, 42201, "Invalid schema: " + detail);
        }

        private static RegistryException full(String what) {
            return new RegistryException(422, 42299, "This development registry is full: it keeps at most " + what);
        }
    }

    record Registered(String subject, int version, int id, String schema) {}

    synchronized List<String> subjects() {
        return state.subjects().entrySet().stream()
                .filter(subject -> !subject.getValue().versions().isEmpty())
                .map(Map.Entry::getKey)
                .toList();
    }

    /** Registers a schema and returns its id; the same schema has the same id under every subject. */
    synchronized int register(String subject, String schemaText) throws RegistryException {
        Schema schema = parse(schemaText);
        String text = schema.toString();
        requireSubjectName(subject);
        Subject found = state.subject(subject);
        int id = state.idOf(text);
        if (found.versions().stream().anyMatch(version -> version.id() == id)) {
            return id;
        }
        CompatibilityLevel level = levelOf(found);
        List<String> problems = level.problems(schema, schemas(found.versions()));
        if (!problems.isEmpty()) {
            throw new RegistryException(
                    409,
                    409,
                    "Schema being registered is incompatible with an earlier schema for subject \"" + subject
                            + "\", details: " + problems + "; level " + level);
        }
        if (!state.schemas().containsKey(id) && state.schemas().size() >= MAX_SCHEMAS) {
            throw RegistryException.full(MAX_SCHEMAS + " schemas");
        }
        if (found.versions().size() >= MAX_VERSIONS) {
            throw RegistryException.full(MAX_VERSIONS + " versions of a subject");
        }
        requireRoomFor(subject);
        SortedMap<Integer, String> schemas = new TreeMap<>(state.schemas());
        schemas.put(id, text);
        List<Version> versions = new ArrayList<>(found.versions());
        versions.add(new Version(
                versions.isEmpty() ? 1 : versions.get(versions.size() - 1).version() + 1, id));
        store(new State(state.level(), schemas, state.with(subject, new Subject(found.level(), versions))));
        return id;
    }

    private void requireRoomFor(String subject) throws RegistryException {
        if (!state.subjects().containsKey(subject) && state.subjects().size() >= MAX_SUBJECTS) {
            throw RegistryException.full(MAX_SUBJECTS + " subjects");
        }
    }

    synchronized Registered lookup(String subject, String schemaText) throws RegistryException {
        List<Version> versions = versionsOf(subject);
        int id = state.idOf(parse(schemaText).toString());
        for (Version version : versions) {
            if (version.id() == id) {
                return registered(subject, version);
            }
        }
        throw new RegistryException(404, 40403, "Schema not found");
    }

    synchronized List<Integer> versions(String subject) throws RegistryException {
        return versionsOf(subject).stream().map(Version::version).toList();
    }

    /** Returns one version of a subject, by a number from 1, {@code latest} or {@code -1}. */
    synchronized Registered version(String subject, String version) throws RegistryException {
        return registered(subject, find(versionsOf(subject), version));
    }

    synchronized String schema(int id) throws RegistryException {
        String text = state.schemas().get(id);
        if (text == null) {
            throw new RegistryException(404, 40403, "Schema " + id + " not found");
        }
        return text;
    }

    synchronized CompatibilityLevel level() {
        return state.level();
    }

    synchronized void setLevel(CompatibilityLevel level) throws RegistryException {
        store(new State(level, state.schemas(), state.subjects()));
    }

    /** Returns a subject's own level; {@code null} if the global one applies. */
    synchronized @Nullable CompatibilityLevel level(String subject) {
        return state.subject(subject).level();
    }

    synchronized void setLevel(String subject, CompatibilityLevel level) throws RegistryException {
        requireSubjectName(subject);
        requireRoomFor(subject);
        Subject changed = new Subject(level, state.subject(subject).versions());
        store(new State(state.level(), state.schemas(), state.with(subject, changed)));
    }

    /**
     * Returns why a schema is incompatible.
     *
     * @param version the version to compare with; {@code null} compares with those that the level requires
     */
    synchronized List<String> problems(String subject, @Nullable String version, String schemaText)
            throws RegistryException {
        Schema candidate = parse(schemaText);
        Subject found = state.subject(subject);
        List<Version> against = version == null ? found.versions() : List.of(find(versionsOf(subject), version));
        return levelOf(found).problems(candidate, schemas(against));
    }

    private CompatibilityLevel levelOf(Subject subject) {
        CompatibilityLevel own = subject.level();
        return own == null ? state.level() : own;
    }

    private List<Schema> schemas(List<Version> versions) throws RegistryException {
        List<Schema> schemas = new ArrayList<>();
        for (Version version : versions) {
            schemas.add(new Schema.Parser().parse(schema(version.id())));
        }
        return schemas;
    }

    private List<Version> versionsOf(String subject) throws RegistryException {
        List<Version> versions = state.subject(subject).versions();
        if (versions.isEmpty()) {
            throw new RegistryException(404, 40401, "Subject '" + subject + "' not found.");
        }
        return versions;
    }

    private static Version find(List<Version> versions, String version) throws RegistryException {
        if (version.equals("latest") || version.equals("-1")) {
            return versions.get(versions.size() - 1);
        }
        if (!version.matches("[0-9]{1,9}") || Integer.parseInt(version) < 1) {
            throw new RegistryException(
                    422,
                    42202,
                    "The specified version '" + version + "' is not a valid version id."
                            + " Allowed values are between [1, 2^31-1] and the string \"latest\"");
        }
        int number = Integer.parseInt(version);
        return versions.stream()
                .filter(candidate -> candidate.version() == number)
                .findFirst()
                .orElseThrow(() -> new RegistryException(404, 40402, "Version " + version + " not found."));
    }

    private Registered registered(String subject, Version version) throws RegistryException {
        return new Registered(subject, version.version(), version.id(), schema(version.id()));
    }

    private void store(State changed) throws RegistryException {
        try {
            ByteBuffer bytes = ByteBuffer.wrap(JSON.writeValueAsBytes(changed));
            try (FileChannel channel = FileChannel.open(
                    next, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
                channel.force(true);
            }
            Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new RegistryException(500, 50001, "The registry's file cannot be written: " + e);
        }
        state = changed;
    }

    private static void requireSubjectName(String subject) throws RegistryException {
        if (subject.isBlank()
                || subject.length() > MAX_SUBJECT_CHARS
                || subject.chars().anyMatch(Character::isISOControl)) {
            throw new RegistryException(422, 42208, "The specified subject '" + subject + "' is not a valid subject");
        }
    }

    private static Schema parse(String text) throws RegistryException {
        if (text.length() > MAX_SCHEMA_CHARS) {
            throw RegistryException.invalidSchema("longer than " + MAX_SCHEMA_CHARS + " characters");
        }
        try {
            return new Schema.Parser().parse(text);
        } catch (AvroRuntimeException e) {
            throw RegistryException.invalidSchema(String.valueOf(e.getMessage()));
        } catch (NullPointerException e) {
            // Avro 1.12 throws this for a schema that refers to an undefined type.
            throw RegistryException.invalidSchema("it names a type that it does not define");
        }
    }

    /** Everything in the registry's file; immutable. */
    record State(CompatibilityLevel level, SortedMap<Integer, String> schemas, SortedMap<String, Subject> subjects) {

        static final State EMPTY = new State(CompatibilityLevel.BACKWARD, new TreeMap<>(), new TreeMap<>());

        State {
            schemas = Collections.unmodifiableSortedMap(new TreeMap<>(schemas));
            subjects = Collections.unmodifiableSortedMap(new TreeMap<>(subjects));
        }

        Subject subject(String name) {
            return subjects.getOrDefault(name, Subject.NONE);
        }

        SortedMap<String, Subject> with(String name, Subject subject) {
            SortedMap<String, Subject> changed = new TreeMap<>(subjects);
            changed.put(name, subject);
            return changed;
        }

        /**
         * Returns the id of a schema text. It derives from the content, so that a registry that lost its file assigns
         * the same ids again, and older records are readable once their schemas are registered again.
         */
        int idOf(String text) {
            int id = hash(text);
            while (schemas.containsKey(id) && !text.equals(schemas.get(id))) {
                id = id == Integer.MAX_VALUE ? 1 : id + 1;
            }
            return id;
        }

        private static int hash(String text) {
            try {
                byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
                return Math.max(1, ByteBuffer.wrap(digest).getInt() & Integer.MAX_VALUE);
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("every Java platform has SHA-256", e);
            }
        }
    }

    /**
     * One subject.
     *
     * @param level its own compatibility level; {@code null} for the global one
     * @param versions oldest first
     */
    record Subject(@Nullable CompatibilityLevel level, List<Version> versions) {

        static final Subject NONE = new Subject(null, List.of());

        Subject {
            versions = List.copyOf(versions);
        }
    }

    /** One version of a subject, from 1, and its schema's id. */
    record Version(int version, int id) {}

    /** What a new schema of a subject must read, and be read by; the names are those of the REST protocol. */
    enum CompatibilityLevel {
        NONE(false, false, false),
        BACKWARD(true, false, false),
        BACKWARD_TRANSITIVE(true, false, true),
        FORWARD(false, true, false),
        FORWARD_TRANSITIVE(false, true, true),
        FULL(true, true, false),
        FULL_TRANSITIVE(true, true, true);

        private static final int MAX_PROBLEMS = 10;

        private final boolean readsEarlier;
        private final boolean readByEarlier;
        private final boolean transitive;

        CompatibilityLevel(boolean readsEarlier, boolean readByEarlier, boolean transitive) {
            this.readsEarlier = readsEarlier;
            this.readByEarlier = readByEarlier;
            this.transitive = transitive;
        }

        /**
         * Returns why a schema is incompatible with earlier ones.
         *
         * @param earlier the subject's schemas, oldest first
         * @return one sentence per problem, max. 10; empty if the schema is compatible
         */
        List<String> problems(Schema candidate, List<Schema> earlier) {
            int from = transitive ? 0 : Math.max(0, earlier.size() - 1);
            List<String> problems = new ArrayList<>();
            for (Schema schema : earlier.subList(from, earlier.size())) {
                if (readsEarlier) {
                    compare(candidate, schema, "the new schema cannot read data of the earlier one", problems);
                }
                if (readByEarlier) {
                    compare(schema, candidate, "the earlier schema cannot read data of the new one", problems);
                }
            }
            return problems.size() > MAX_PROBLEMS ? List.copyOf(problems.subList(0, MAX_PROBLEMS)) : problems;
        }

        private static void compare(Schema reader, Schema writer, String what, List<String> into) {
            for (Incompatibility found : SchemaCompatibility.checkReaderWriterCompatibility(reader, writer)
                    .getResult()
                    .getIncompatibilities()) {
                into.add(what + ": " + found.getType() + " at field '" + field(reader, found.getLocation()) + "' ("
                        + found.getLocation() + "): " + found.getMessage());
            }
        }

        /** Returns the path of field names of a JSON Pointer into a schema, e.g. {@code request.body}. */
        private static String field(Schema schema, String pointer) {
            StringJoiner names = new StringJoiner(".").setEmptyValue("(root)");
            JsonNode node = parse(schema);
            String parent = "";
            for (String step : pointer.split("/", -1)) {
                if (step.isEmpty()) {
                    continue;
                }
                node = node.at("/" + step);
                if (parent.equals("fields") && node.hasNonNull("name")) {
                    names.add(node.path("name").asText());
                }
                parent = step;
            }
            return names.toString();
        }

        private static JsonNode parse(Schema schema) {
            try {
                return SchemaCatalog.JSON.readTree(schema.toString());
            } catch (JsonProcessingException e) {
                throw new IllegalStateException("a schema's text is JSON", e);
            }
        }
    }
}
