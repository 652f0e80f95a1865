package dev.redrive.domain.gate;

import dev.redrive.domain.service.ServiceState;
import dev.redrive.domain.user.LimitEstimate;
import dev.redrive.domain.user.UserState;
import java.time.Instant;
import java.util.List;

/**
 * Open while the user has a free slot: for certain where ends of jobs are reported, else with a probability; and for
 * single tests of the limit.
 *
 * @param wasteBudget the share of calls that may be retries refused for lack of a slot, between 0 and 1
 */
record ConcurrencyGate(double wasteBudget) implements Gate {

    @Override
    public Verdict evaluate(Subject subject, UserState user, ServiceState health, Instant now) {
        Instant opensAt =
                user.concurrency().opensAt(health.threshold(wasteBudget), health.testable(), health.prior(), now);
        return opensAt == null
                ? Gates.untilEvent(GateName.CONCURRENCY, Opening.SLOT, now)
                : Gates.until(GateName.CONCURRENCY, opensAt, Opening.SLOT, now);
    }

    @Override
    public List<GateAnswer> answers(Subject subject, UserState user, ServiceState health, Instant now) {
        GateAnswer answer = GateAnswer.of(GateName.CONCURRENCY, evaluate(subject, user, health, now));
        LimitEstimate limit = user.concurrency().limit();
        return List.of(answer.figures(
                limit == null ? null : Long.valueOf(limit.value()),
                (long) user.concurrency().active(),
                null,
                null));
    }
}
