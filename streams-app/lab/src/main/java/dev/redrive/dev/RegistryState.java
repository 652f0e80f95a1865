package dev.redrive.dev;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Everything that the development registry knows; immutable, a change makes a new one.
 *
 * @param level the global compatibility level
 * @param schemas schema text by id
 * @param subjects subjects by name
 */
record RegistryState(
        CompatibilityLevel level, SortedMap<Integer, String> schemas, SortedMap<String, Subject> subjects) {

    static final RegistryState EMPTY = new RegistryState(CompatibilityLevel.BACKWARD, new TreeMap<>(), new TreeMap<>());

    RegistryState {
        schemas = Collections.unmodifiableSortedMap(new TreeMap<>(schemas));
        subjects = Collections.unmodifiableSortedMap(new TreeMap<>(subjects));
    }

    /**
     * One subject.
     *
     * @param level its own compatibility level; {@code null} takes the global one
     * @param versions oldest first
     */
    record Subject(@Nullable CompatibilityLevel level, List<Version> versions) {

        static final Subject NONE = new Subject(null, List.of());

        Subject {
            versions = List.copyOf(versions);
        }

        List<Version> versions(boolean withDeleted) {
            return versions.stream().filter(v -> withDeleted || !v.deleted()).toList();
        }

        Subject with(Version added) {
            List<Version> all = new ArrayList<>(versions);
            all.add(added);
            return new Subject(level, all);
        }

        Subject map(UnaryOperator<Version> change) {
            return new Subject(level, versions.stream().map(change).toList());
        }

        int nextVersion() {
            return versions.isEmpty() ? 1 : versions.get(versions.size() - 1).version() + 1;
        }
    }

    /**
     * One version of a subject.
     *
     * @param version its number, from 1
     * @param id the schema's id
     * @param deleted whether it was deleted softly
     */
    record Version(int version, int id, boolean deleted) {
        Version asDeleted() {
            return new Version(version, id, true);
        }
    }

    Subject subject(String name) {
        return subjects.getOrDefault(name, Subject.NONE);
    }

    RegistryState withLevel(CompatibilityLevel newLevel) {
        return new RegistryState(newLevel, schemas, subjects);
    }

    RegistryState withSubject(String name, Subject subject) {
        SortedMap<String, Subject> changed = new TreeMap<>(subjects);
        if (subject.equals(Subject.NONE)) {
            changed.remove(name);
        } else {
            changed.put(name, subject);
        }
        return new RegistryState(level, schemas, changed);
    }

    RegistryState withSchema(int id, String text) {
        SortedMap<Integer, String> changed = new TreeMap<>(schemas);
        changed.put(id, text);
        return new RegistryState(level, changed, subjects);
    }

    /**
     * The id of a schema text: made from its content, so that a registry that lost its file gives the same ids again,
     * and records written before can still be read once their schemas are registered anew.
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
            int id = ((digest[0] & 0x7f) << 24)
                    | ((digest[1] & 0xff) << 16)
                    | ((digest[2] & 0xff) << 8)
                    | (digest[3] & 0xff);
            return Math.max(1, id);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
