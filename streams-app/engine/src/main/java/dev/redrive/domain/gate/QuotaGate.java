package dev.redrive.domain.gate;

import dev.redrive.domain.service.ServiceState;
import dev.redrive.domain.user.Quota;
import dev.redrive.domain.user.UserState;
import java.time.Instant;
import java.util.List;

/** Open while billable calls of the user can succeed, with a ramp after it reopens, and for single probes before. */
final class QuotaGate implements Gate {

    @Override
    public Verdict evaluate(Subject subject, UserState user, ServiceState health, Instant now) {
        Quota quota = user.quota();
        if (quota.available(now)) {
            return Gates.until(GateName.QUOTA, quota.rampedUntil(now), now);
        }
        Opening opening =
                quota.probing() ? Opening.PROBE : quota.resetAt() == null ? Opening.ACCOUNT_CHANGE : Opening.RESET;
        return Gates.until(GateName.QUOTA, quota.nextChance(), opening, now);
    }

    @Override
    public List<GateAnswer> answers(Subject subject, UserState user, ServiceState health, Instant now) {
        GateAnswer answer = GateAnswer.of(GateName.QUOTA, evaluate(subject, user, health, now));
        Quota quota = user.quota();
        return List.of(answer.status(quota.status().name(), quota.since(), quota.reason())
                .figures(null, null, quota.remaining(), quota.resetAt()));
    }
}
