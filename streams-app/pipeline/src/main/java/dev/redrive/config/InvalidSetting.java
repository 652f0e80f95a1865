package dev.redrive.config;

/** A value that its record refuses; the loader turns it into a {@link Problem} with the value's line. */
public final class InvalidSetting extends IllegalArgumentException {

    private static final long serialVersionUID = 1L;

    private final String key;
    private final String advice;

    /**
     * Names the key and what to write.
     *
     * @param key YAML path of the value, within the record that refuses it
     * @param advice what is wrong, and what to write instead
     */
    public InvalidSetting(String key, String advice) {
        super(key + ": " + advice);
        this.key = key;
        this.advice = advice;
    }

    String key() {
        return key;
    }

    String advice() {
        return advice;
    }
}
