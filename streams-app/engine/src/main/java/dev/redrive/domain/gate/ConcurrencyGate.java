package dev.redrive.domain.gate;

import dev.redrive.domain.service.ServiceState;
import dev.redrive.domain.user.Concurrency;
import dev.redrive.domain.user.UserState;
import java.time.Instant;

/** Open while the user has a free slot; a slot is freed by the end of a job or lease, or the decay of foreign jobs. */
final class ConcurrencyGate implements Gate {

    @Override
    public Verdict mayGo(String service, UserState user, ServiceState health, Instant now) {
        Concurrency concurrency = user.concurrency();
        Integer limit = concurrency.limit();
        if (limit == null || concurrency.busy(now) < limit) {
            return Verdict.open();
        }
        Instant less = concurrency.nextLess(now);
        return less == null
                ? Gates.untilEvent(GateName.CONCURRENCY, Opening.SLOT, now)
                : Gates.until(GateName.CONCURRENCY, less, Opening.SLOT, now);
    }
}
