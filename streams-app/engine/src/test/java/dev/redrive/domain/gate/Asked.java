package dev.redrive.domain.gate;

import dev.redrive.domain.service.ServiceState;
import dev.redrive.domain.user.UserState;
import java.time.Instant;

/** A question to a gate, by what matters to it. */
final class Asked {

    static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");

    private Asked() {}

    static Verdict gate(Gate gate, UserState user) {
        return gate.evaluate("music", user, ServiceState.NEW, NOW);
    }

    static Verdict gate(Gate gate, ServiceState service) {
        return gate.evaluate("music", UserState.NEW, service, NOW);
    }
}
