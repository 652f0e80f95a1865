package dev.redrive.domain.gate;

import dev.redrive.domain.service.ServiceState;
import dev.redrive.domain.user.RateWindow;
import dev.redrive.domain.user.UserState;
import java.time.Instant;

/** Open while the user's rate window for the service has room. */
final class RateWindowGate implements Gate {

    @Override
    public Verdict evaluate(Subject subject, UserState user, ServiceState health, Instant now) {
        RateWindow window = user.rateWindows().get(subject.service());
        return window == null ? Verdict.open() : Gates.until(GateName.RATE_WINDOW, window.opensAt(now), now);
    }
}
