package dev.redrive.domain.gate;

import dev.redrive.domain.service.ServiceState;
import dev.redrive.domain.user.Quota;
import dev.redrive.domain.user.UserState;
import java.time.Instant;

/** Open while billable calls of the user can succeed; with a ramp after it reopens. */
final class QuotaGate implements Gate {

    @Override
    public Verdict mayGo(String service, UserState user, ServiceState health, Instant now) {
        Quota quota = user.quota();
        if (quota.available(now)) {
            return Gates.until(GateName.QUOTA, quota.rampedUntil(now), now);
        }
        Instant resetAt = quota.resetAt();
        return resetAt == null
                ? Gates.untilEvent(GateName.QUOTA, Opening.ACCOUNT_CHANGE, now)
                : Gates.until(GateName.QUOTA, resetAt, Opening.RESET, now);
    }
}
