package dev.redrive.domain.gate;

import dev.redrive.domain.service.ServiceState;
import dev.redrive.domain.user.UserState;
import java.time.Instant;
import java.util.List;

/** A condition besides due; reads the states of user and service and changes nothing. */
@FunctionalInterface
public interface Gate {

    /** Max time until a closed gate is evaluated again, whatever its events, in milliseconds. */
    long ASK_AGAIN_MS = 60_000;

    /**
     * Returns whether a due retry may be released.
     *
     * @param service service of the retry
     * @param user state of its user
     * @param health state of its service
     * @param now the time
     */
    Verdict evaluate(String service, UserState user, ServiceState health, Instant now);

    /** Returns all closed gates, not only the first, by the same rules. */
    default List<Verdict.Closed> closed(String service, UserState user, ServiceState health, Instant now) {
        return evaluate(service, user, health, now) instanceof Verdict.Closed closed ? List.of(closed) : List.of();
    }
}
