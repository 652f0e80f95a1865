package dev.redrive.domain.gate;

import dev.redrive.domain.service.ServiceState;
import dev.redrive.domain.user.UserState;
import java.time.Instant;
import java.util.List;

/** Open unless a person holds the retries; after a hold for increasing numbers. */
final class OperatorGate implements Gate {

    @Override
    public Verdict evaluate(Subject subject, UserState user, ServiceState health, Instant now) {
        return subject.holds().isEmpty() ? Verdict.open() : subject.holds().verdict(subject, now);
    }

    @Override
    public List<GateAnswer> answers(Subject subject, UserState user, ServiceState health, Instant now) {
        GateAnswer answer = GateAnswer.of(GateName.OPERATOR, evaluate(subject, user, health, now));
        Hold hold = subject.holds().decisive(subject);
        if (hold == null) {
            return List.of(answer);
        }
        Instant ramp = hold.endedAt();
        return List.of(
                ramp == null
                        ? answer.status("HELD", hold.since(), hold.reason())
                        : answer.status("RAMPING", ramp, hold.reason()));
    }
}
