package dev.redrive.config;

import java.util.Objects;

/** A text that is never printed. */
public final class Secret {

    private final String value;

    Secret(String value) {
        this.value = value;
    }

    /** The text itself. */
    public String reveal() {
        return value;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Secret secret && secret.value.equals(value);
    }

    @Override
    public int hashCode() {
        return Objects.hashCode(value);
    }

    @Override
    public String toString() {
        return ClientProperties.MASK;
    }
}
