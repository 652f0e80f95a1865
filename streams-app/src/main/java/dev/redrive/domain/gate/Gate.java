package dev.redrive.domain.gate;

import dev.redrive.domain.event.RetryDue;
import dev.redrive.domain.user.UserState;
import java.time.Instant;

/** A condition besides due; it looks at what is known of the user and changes nothing. */
@FunctionalInterface
public interface Gate {

    /**
     * Whether a retry that is due may go.
     *
     * @param retry the retry
     * @param user what is known of its user
     * @param now the time
     */
    Verdict mayGo(RetryDue retry, UserState user, Instant now);
}
