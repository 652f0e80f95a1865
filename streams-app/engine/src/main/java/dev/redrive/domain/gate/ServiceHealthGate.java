package dev.redrive.domain.gate;

import dev.redrive.domain.service.ServiceState;
import dev.redrive.domain.user.UserState;
import java.time.Instant;

/** Open while the service answers; after an outage first for one retry, then for more and more. */
final class ServiceHealthGate implements Gate {

    @Override
    public Verdict mayGo(String service, UserState user, ServiceState health, Instant now) {
        Opening opening = health.recovering() ? Opening.RECOVERY : Opening.PROBE;
        return Gates.until(GateName.SERVICE_HEALTH, health.opensAt(now), opening, now);
    }
}
