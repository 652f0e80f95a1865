package dev.redrive.server.index;

import org.jspecify.annotations.Nullable;

/** What people did last about a group of dead letters; the name is stable in API and CLI. */
public enum GroupState {
    /** Nobody has decided anything. */
    OPEN("group.reopen"),
    /** Somebody left a note only; the state before stays. */
    NOTED("group.note"),
    /** Not to be shown until an instant. */
    IGNORED("group.ignore"),
    /** Its cause is gone; a letter after that is a regression. */
    RESOLVED("group.resolve");

    private final String action;

    GroupState(String action) {
        this.action = action;
    }

    /** Returns the action of the audit that causes it. */
    public String action() {
        return action;
    }

    static @Nullable GroupState of(String action) {
        for (GroupState state : values()) {
            if (state.action.equals(action)) {
                return state;
            }
        }
        return null;
    }
}
