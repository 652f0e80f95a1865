package dev.redrive.server.index;

/** What became of one letter of a redrive; the name is stable in API and CLI, the ordinal in the index file. */
public enum LetterResult {
    /** Its command was rejected, or not written because it is known that the retry cannot succeed; the detail says why. */
    BLOCKED,
    /** Its retry is scheduled and waits for its gates. */
    SCHEDULED,
    /** Its retry was released, and has not ended. */
    RELEASED,
    /** Its job succeeded. */
    SUCCEEDED,
    /** Its job was dead-lettered again. */
    DEAD_AGAIN,
    /** It had left the state OPEN before its turn. */
    SKIPPED;

    /** Returns whether this result may be followed by the other one. */
    boolean precedes(LetterResult other) {
        return switch (this) {
            case BLOCKED -> other != SKIPPED && other != BLOCKED;
            case SCHEDULED -> other == RELEASED || other == SUCCEEDED || other == DEAD_AGAIN;
            case RELEASED -> other == SUCCEEDED || other == DEAD_AGAIN;
            case SUCCEEDED, DEAD_AGAIN -> false;
            case SKIPPED -> other != BLOCKED && other != SKIPPED;
        };
    }

    /** Returns whether nothing more is expected. */
    public boolean ended() {
        return this != SCHEDULED && this != RELEASED;
    }
}
