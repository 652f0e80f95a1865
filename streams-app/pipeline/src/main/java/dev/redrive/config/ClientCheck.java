package dev.redrive.config;

import java.util.Map;

/** What a client library knows of its own settings; this package knows no library. */
@FunctionalInterface
public interface ClientCheck {

    /**
     * Checks settings.
     *
     * @param settings by name, as the client gets them
     * @return for each that is a mistake, what is wrong and what to write instead
     */
    Map<String, String> mistakes(Map<String, String> settings);

    /**
     * The checks of everything that is passed through to a library.
     *
     * @param kafka of {@code kafka.properties}
     * @param registry of {@code schemaRegistry.properties}
     */
    record All(ClientCheck kafka, ClientCheck registry) {

        /** Takes whatever is written. */
        public static final All NONE = new All(settings -> Map.of(), settings -> Map.of());
    }
}
