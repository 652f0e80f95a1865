package dev.redrive.domain.gate;

import dev.redrive.domain.service.ServiceState;
import dev.redrive.domain.user.UserState;
import java.time.Instant;

/** Open while the service answers; after an outage for one retry first, then for increasing numbers. */
final class ServiceHealthGate implements Gate {

    @Override
    public Verdict evaluate(Subject subject, UserState user, ServiceState health, Instant now) {
        Opening opening = health.recovering() ? Opening.RECOVERY : Opening.PROBE;
        return Gates.until(GateName.SERVICE_HEALTH, health.opensAt(now), opening, now);
    }
}
