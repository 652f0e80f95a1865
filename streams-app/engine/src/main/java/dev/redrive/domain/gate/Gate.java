package dev.redrive.domain.gate;

import dev.redrive.domain.service.ServiceState;
import dev.redrive.domain.user.UserState;
import java.time.Instant;
import java.util.List;

/** A condition besides due; it looks at what is known of user and service and changes nothing. */
@FunctionalInterface
public interface Gate {

    /** The most that a gate lets pass before it is asked again, whatever its events. */
    long ASK_AGAIN_MS = 60_000;

    /**
     * Whether a retry that is due may go.
     *
     * @param service service of the retry
     * @param user what is known of its user
     * @param health what is known of its service
     * @param now the time
     */
    Verdict mayGo(String service, UserState user, ServiceState health, Instant now);

    /** All gates that are closed, not only the first, by the same rules. */
    default List<Verdict.Closed> closed(String service, UserState user, ServiceState health, Instant now) {
        return mayGo(service, user, health, now) instanceof Verdict.Closed closed ? List.of(closed) : List.of();
    }
}
