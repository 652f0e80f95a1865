package dev.redrive.server.index;

/** What became of one letter of a redrive; the name is stable in API and CLI, the ordinal in the index file. */
public enum LetterResult {
    /** Its command was rejected; the detail is the reason. */
    BLOCKED,
    /** Its retry is scheduled and waits for its gates. */
    SCHEDULED,
    /** Its retry was released, and has not ended. */
    RELEASED,
    /** Its attempt failed, and the pipeline will retry it. */
    RETRYING,
    /** Its job succeeded. */
    SUCCEEDED,
    /** Its job was dead-lettered again. */
    DEAD_AGAIN;

    /** Returns whether this result may be followed by the other one. */
    boolean precedes(LetterResult other) {
        return switch (this) {
            case BLOCKED -> other != BLOCKED;
            case SCHEDULED -> other != BLOCKED && other != SCHEDULED;
            case RELEASED -> other == RETRYING || other == SUCCEEDED || other == DEAD_AGAIN;
            case RETRYING -> other == RELEASED || other == SUCCEEDED || other == DEAD_AGAIN;
            case SUCCEEDED, DEAD_AGAIN -> false;
        };
    }

    /** Returns whether nothing more is expected. */
    public boolean ended() {
        return this == BLOCKED || this == SUCCEEDED || this == DEAD_AGAIN;
    }
}
