package dev.redrive.domain.gate;

import dev.redrive.domain.service.ServiceState;
import dev.redrive.domain.user.UserState;
import java.time.Instant;

/** Open unless a person holds the retries; after a hold for increasing numbers. */
final class OperatorGate implements Gate {

    @Override
    public Verdict evaluate(Subject subject, UserState user, ServiceState health, Instant now) {
        return subject.holds().isEmpty() ? Verdict.open() : subject.holds().verdict(subject, now);
    }
}
