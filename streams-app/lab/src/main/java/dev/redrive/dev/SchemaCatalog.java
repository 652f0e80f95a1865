package dev.redrive.dev;

import dev.redrive.dev.RegistryState.Subject;
import dev.redrive.dev.RegistryState.Version;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.jspecify.annotations.Nullable;

/**
 * What the development registry does with subjects, versions and schemas. A change is on disk before it is answered.
 *
 * <p>Schemas are equal when they parse to the same thing; white space and the order of JSON members do not count.
 * May be used by many threads.
 */
final class SchemaCatalog {

    static final int MOST_SCHEMAS = 500;
    static final int MOST_SUBJECTS = 500;
    static final int MOST_VERSIONS = 500;
    static final int LONGEST_SCHEMA_CHARS = 262_144;
    static final int LONGEST_SUBJECT_CHARS = 300;

    private final RegistryFile file;
    private RegistryState state;

    /** Continues with what the file holds; throws {@code DATA_UNREADABLE}. */
    SchemaCatalog(RegistryFile file) {
        this.file = file;
        this.state = file.read();
    }

    /** A version of a subject with its schema. */
    record Registered(String subject, int version, int id, String schema) {}

    synchronized List<String> subjects(String prefix, boolean withDeleted) {
        return state.subjects().entrySet().stream()
                .filter(e -> e.getKey().startsWith(prefix)
                        && !e.getValue().versions(withDeleted).isEmpty())
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
        if (found.versions(false).stream().anyMatch(v -> v.id() == id)) {
            return id;
        }
        List<String> problems = levelOf(found).problems(schema, schemas(found.versions(false)));
        if (!problems.isEmpty()) {
            throw RegistryException.incompatible(subject, problems + "; level " + levelOf(found));
        }
        requireRoom(subject, found, id);
        store(state.withSchema(id, text).withSubject(subject, found.with(new Version(found.nextVersion(), id, false))));
        return id;
    }

    private void requireRoom(String subject, Subject found, int id) throws RegistryException {
        if (!state.schemas().containsKey(id) && state.schemas().size() >= MOST_SCHEMAS) {
            throw RegistryException.full("it keeps at most " + MOST_SCHEMAS + " schemas");
        }
        if (!state.subjects().containsKey(subject) && state.subjects().size() >= MOST_SUBJECTS) {
            throw RegistryException.full("it keeps at most " + MOST_SUBJECTS + " subjects");
        }
        if (found.versions().size() >= MOST_VERSIONS) {
            throw RegistryException.full("it keeps at most " + MOST_VERSIONS + " versions of a subject");
        }
    }

    synchronized Registered lookup(String subject, String schemaText, boolean withDeleted) throws RegistryException {
        List<Version> versions = versionsOf(subject, withDeleted);
        int id = state.idOf(parse(schemaText).toString());
        for (int i = versions.size() - 1; i >= 0; i--) {
            if (versions.get(i).id() == id) {
                return registered(subject, versions.get(i));
            }
        }
        throw RegistryException.noSchema();
    }

    synchronized List<Integer> versions(String subject, boolean withDeleted) throws RegistryException {
        return versionsOf(subject, withDeleted).stream().map(Version::version).toList();
    }

    /** One version of a subject, by a number from 1, {@code latest} or {@code -1}. */
    synchronized Registered version(String subject, String version, boolean withDeleted) throws RegistryException {
        return registered(subject, find(versionsOf(subject, withDeleted), version));
    }

    /** Deletes a subject and returns the versions that are gone now. */
    synchronized List<Integer> deleteSubject(String subject, boolean permanent) throws RegistryException {
        List<Version> gone = versionsOf(subject, permanent);
        if (permanent && gone.stream().anyMatch(v -> !v.deleted())) {
            throw RegistryException.notDeletedFirst("Subject '" + subject + "'");
        }
        Subject found = state.subject(subject);
        store(state.withSubject(subject, permanent ? Subject.NONE : found.map(Version::asDeleted)));
        return gone.stream().map(Version::version).toList();
    }

    /** Deletes a version and returns its number. */
    synchronized int deleteVersion(String subject, String version, boolean permanent) throws RegistryException {
        Version gone = find(versionsOf(subject, permanent), version);
        Subject found = state.subject(subject);
        if (permanent) {
            if (!gone.deleted()) {
                throw RegistryException.notDeletedFirst("Subject '" + subject + "' Version " + gone.version());
            }
            List<Version> kept = new ArrayList<>(found.versions());
            kept.remove(gone);
            store(state.withSubject(subject, new Subject(found.level(), kept)));
        } else {
            store(state.withSubject(subject, found.map(v -> v.equals(gone) ? v.asDeleted() : v)));
        }
        return gone.version();
    }

    synchronized String schema(int id) throws RegistryException {
        String text = state.schemas().get(id);
        if (text == null) {
            throw RegistryException.noSchema(id);
        }
        return text;
    }

    /** Where a schema is used, by subject and version. */
    synchronized List<Registered> uses(int id, boolean withDeleted) throws RegistryException {
        schema(id);
        List<Registered> uses = new ArrayList<>();
        for (var subject : state.subjects().entrySet()) {
            for (Version version : subject.getValue().versions(withDeleted)) {
                if (version.id() == id) {
                    uses.add(registered(subject.getKey(), version));
                }
            }
        }
        return List.copyOf(uses);
    }

    synchronized CompatibilityLevel level() {
        return state.level();
    }

    synchronized void setLevel(CompatibilityLevel level) throws RegistryException {
        store(state.withLevel(level));
    }

    synchronized @Nullable CompatibilityLevel level(String subject) {
        return state.subject(subject).level();
    }

    /** Sets a subject's own level; {@code null} takes the global one from now on. */
    synchronized void setLevel(String subject, @Nullable CompatibilityLevel level) throws RegistryException {
        requireSubjectName(subject);
        Subject found = state.subject(subject);
        if (!state.subjects().containsKey(subject) && state.subjects().size() >= MOST_SUBJECTS) {
            throw RegistryException.full("it keeps at most " + MOST_SUBJECTS + " subjects");
        }
        store(state.withSubject(subject, new Subject(level, found.versions())));
    }

    /**
     * Says why a schema may not follow.
     *
     * @param version the version to compare with; {@code null} compares with those that the level asks for
     */
    synchronized List<String> problems(String subject, @Nullable String version, String schemaText)
            throws RegistryException {
        Schema candidate = parse(schemaText);
        Subject found = state.subject(subject);
        List<Version> against =
                version == null ? found.versions(false) : List.of(find(versionsOf(subject, false), version));
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

    private List<Version> versionsOf(String subject, boolean withDeleted) throws RegistryException {
        List<Version> versions = state.subject(subject).versions(withDeleted);
        if (versions.isEmpty()) {
            throw RegistryException.noSubject(subject);
        }
        return versions;
    }

    private static Version find(List<Version> versions, String version) throws RegistryException {
        if (version.equals("latest") || version.equals("-1")) {
            return versions.get(versions.size() - 1);
        }
        if (!version.matches("[0-9]{1,9}") || Integer.parseInt(version) < 1) {
            throw RegistryException.invalidVersion(version);
        }
        int number = Integer.parseInt(version);
        for (Version candidate : versions) {
            if (candidate.version() == number) {
                return candidate;
            }
        }
        throw RegistryException.noVersion(version);
    }

    private Registered registered(String subject, Version version) throws RegistryException {
        return new Registered(subject, version.version(), version.id(), schema(version.id()));
    }

    private void store(RegistryState changed) throws RegistryException {
        try {
            file.write(changed);
        } catch (IOException e) {
            throw RegistryException.storeFailed(e.toString());
        }
        state = changed;
    }

    private static void requireSubjectName(String subject) throws RegistryException {
        if (subject.isBlank()
                || subject.length() > LONGEST_SUBJECT_CHARS
                || subject.chars().anyMatch(Character::isISOControl)) {
            throw RegistryException.invalidSubject(subject);
        }
    }

    private static Schema parse(String text) throws RegistryException {
        if (text.length() > LONGEST_SCHEMA_CHARS) {
            throw RegistryException.invalidSchema("longer than " + LONGEST_SCHEMA_CHARS + " characters");
        }
        try {
            return new Schema.Parser().parse(text);
        } catch (AvroRuntimeException e) {
            throw RegistryException.invalidSchema(String.valueOf(e.getMessage()));
        } catch (NullPointerException e) {
            // This is how Avro 1.12 answers a schema that names a type which it does not define.
            throw RegistryException.invalidSchema("it names a type that it does not define");
        }
    }
}
