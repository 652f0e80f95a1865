package dev.redrive.bench;

import org.jspecify.annotations.Nullable;

/** Who does the work in a drain; the word stands in tables. */
enum Contender {
    /** Redrive with everything on. */
    PIPELINE("pipeline", null),
    /** The pass-through under exactly_once_v2. */
    CEILING("ceiling", PassThroughMain.class),
    /** The forwarder without transactions. */
    FORWARDER("forwarder", ForwarderMain.class);

    private final String word;

    @Nullable
    private final Class<?> main;

    Contender(String word, @Nullable Class<?> main) {
        this.word = word;
        this.main = main;
    }

    String word() {
        return word;
    }

    /** The main class of its process; {@code null} for Redrive's own. */
    @Nullable
    Class<?> main() {
        return main;
    }
}
