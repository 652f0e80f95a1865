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
     * @param subject the retry
     * @param user state of its user
     * @param health state of its service
     * @param now the time
     */
    Verdict evaluate(Subject subject, UserState user, ServiceState health, Instant now);

    /** Evaluates the gate for a retry of a service that no hold covers. */
    default Verdict evaluate(String service, UserState user, ServiceState health, Instant now) {
        return evaluate(Subject.of(service), user, health, now);
    }

    /** Returns what each gate answers, in the order of evaluation, by the same rules; empty for a gate without a name. */
    default List<GateAnswer> answers(Subject subject, UserState user, ServiceState health, Instant now) {
        return List.of();
    }

    /** Returns all closed gates, not only the first, by the same rules. */
    default List<Verdict.Closed> closed(Subject subject, UserState user, ServiceState health, Instant now) {
        return evaluate(subject, user, health, now) instanceof Verdict.Closed closed ? List.of(closed) : List.of();
    }
}
