package dev.redrive.domain.backlog;

import dev.redrive.domain.gate.GateName;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Number of users or lanes that each gate blocks. */
final class HeldCounts {

    private final Map<GateName, Integer> held = new EnumMap<>(GateName.class);

    void changed(@Nullable Held before, @Nullable Held after) {
        if (before != null) {
            held.merge(before.gate(), -1, Integer::sum);
        }
        if (after != null) {
            held.merge(after.gate(), 1, Integer::sum);
        }
    }

    int held(GateName gate) {
        return held.getOrDefault(gate, 0);
    }
}
