package dev.redrive.domain.gate;

import dev.redrive.domain.service.ServiceState;
import dev.redrive.domain.user.LimitEstimate;
import dev.redrive.domain.user.RateWindow;
import dev.redrive.domain.user.UserState;
import java.time.Instant;
import java.util.List;

/** Open while the user's rate window for the service has room. */
final class RateWindowGate implements Gate {

    @Override
    public Verdict evaluate(Subject subject, UserState user, ServiceState health, Instant now) {
        RateWindow window = user.rateWindows().get(subject.service());
        return window == null ? Verdict.open() : Gates.until(GateName.RATE_WINDOW, window.opensAt(now), now);
    }

    @Override
    public List<GateAnswer> answers(Subject subject, UserState user, ServiceState health, Instant now) {
        GateAnswer answer = GateAnswer.of(GateName.RATE_WINDOW, evaluate(subject, user, health, now));
        RateWindow window = user.rateWindows().get(subject.service());
        if (window == null) {
            return List.of(answer);
        }
        LimitEstimate limit = window.limit();
        Integer remaining = window.remaining();
        return List.of(answer.figures(
                limit == null ? null : Long.valueOf(limit.value()),
                (long) window.calls().inWindow(now),
                remaining == null ? null : Long.valueOf(remaining),
                window.resetAt()));
    }
}
