package dev.redrive.server.index;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The id of the command that redrives or discards one letter for a redrive: {@code redriveId:letterId}. It is a
 * function of both, so the command that is written again after a restart is executed at most once.
 */
public final class RedriveCommandId {

    private static final int UUID_CHARS = 36;

    private RedriveCommandId() {}

    /** Returns the id. */
    public static String of(String redriveId, String letterId) {
        return redriveId + ":" + letterId;
    }

    /** Returns the redrive of such an id; {@code null} if it is none. */
    public static @Nullable String redrive(String commandId) {
        return letter(commandId) == null ? null : commandId.substring(0, commandId.length() - UUID_CHARS - 1);
    }

    /** Returns the letter of such an id; {@code null} if it is none. */
    public static @Nullable UUID letter(String commandId) {
        int colon = commandId.length() - UUID_CHARS - 1;
        if (colon < 1 || commandId.charAt(colon) != ':') {
            return null;
        }
        return uuid(commandId.substring(colon + 1));
    }

    /** Returns the UUID; {@code null} if the text is none in its canonical form. */
    public static @Nullable UUID uuid(String text) {
        if (text.length() != UUID_CHARS) {
            return null;
        }
        try {
            UUID uuid = UUID.fromString(text);
            return uuid.toString().equalsIgnoreCase(text) ? uuid : null;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
