package dev.redrive.serde;

import org.jspecify.annotations.Nullable;

/** The four calls that a serde makes; each may throw {@link RegistryUnavailableException}. Safe for many threads. */
interface RegistryApi {

    /** A schema as the registry keeps it. */
    record Registered(int id, String text) {}

    /**
     * The text of a schema, {@code null} when the registry knows no such id.
     *
     * @throws UndecodableException if the registry answers, but gives no schema for this id
     */
    @Nullable
    String schemaById(int id);

    /**
     * Registers a schema, or finds the same one registered.
     *
     * @throws SchemaRefusedException if it is incompatible with the subject's other versions, or invalid
     */
    int register(String subject, String schema, boolean normalize);

    /** The id of a schema under a subject, {@code null} when it is not registered there. */
    @Nullable
    Integer lookUp(String subject, String schema, boolean normalize);

    /** The latest version of a subject, {@code null} when there is no such subject. */
    @Nullable
    Registered latest(String subject);
}
