package dev.redrive.domain.gate;

import dev.redrive.domain.service.ServiceState;
import dev.redrive.domain.user.UserState;
import java.time.Instant;
import java.util.List;

/** Open while the service answers; after an outage for one retry first, then for increasing numbers. */
final class ServiceHealthGate implements Gate {

    @Override
    public Verdict evaluate(Subject subject, UserState user, ServiceState health, Instant now) {
        Opening opening = health.recovering() ? Opening.RECOVERY : Opening.PROBE;
        return Gates.until(GateName.SERVICE_HEALTH, health.opensAt(now), opening, now);
    }

    @Override
    public List<GateAnswer> answers(Subject subject, UserState user, ServiceState health, Instant now) {
        GateAnswer answer = GateAnswer.of(GateName.SERVICE_HEALTH, evaluate(subject, user, health, now));
        return List.of(answer.status(health.healthName(), health.unsoundSince(), null));
    }
}
