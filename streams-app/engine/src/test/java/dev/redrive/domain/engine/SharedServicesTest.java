package dev.redrive.domain.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.domain.service.Health.Broken;
import dev.redrive.domain.service.Health.Probing;
import dev.redrive.domain.service.Health.Recovering;
import dev.redrive.domain.service.ServiceState;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Tasks of one process learn of services together. */
class SharedServicesTest {

    private static final Instant NOW = Instant.parse("2026-11-29T12:00:00Z");

    private final SharedServices shared = new SharedServices();
    private final Task first = new Task();
    private final Task second = new Task();

    /** A task's own copies of the states. */
    private final class Task {

        private final Map<String, ServiceState> own = new HashMap<>();

        ServiceState music() {
            return shared.latest("music", own.getOrDefault("music", ServiceState.NEW));
        }

        void change(UnaryOperator<ServiceState> change) {
            ServiceState changed = change.apply(music());
            own.put("music", changed);
            shared.put("music", changed);
        }
    }

    @Test
    void shouldOpenTheBreakerByFailuresOfAllTasks() {
        // When one task sees two failures and another the third
        first.change(state -> state.failed(true, NOW, Duration.ZERO, NOW));
        first.change(state -> state.failed(true, NOW.plusMillis(1), Duration.ZERO, NOW.plusMillis(1)));
        second.change(state -> state.failed(true, NOW.plusMillis(2), Duration.ZERO, NOW.plusMillis(2)));

        // Then the service is out for both
        assertThat(first.music().health()).isInstanceOf(Broken.class);
        assertThat(second.music().opensAt(NOW.plusMillis(3))).isAfter(NOW.plusMillis(3));
    }

    @Test
    void shouldProbeOnceForAllTasksAndRecoverInAll() {
        for (int i = 0; i < 3; i++) {
            first.change(state -> state.failed(true, NOW, Duration.ZERO, NOW));
        }
        Instant probedAt = NOW.plusSeconds(1);

        // When one task releases the probe
        second.change(state -> state.released(probedAt));

        // Then no other task does
        assertThat(first.music().health()).isInstanceOf(Probing.class);
        assertThat(first.music().opensAt(probedAt)).isAfter(probedAt);

        // And its success begins the recovery of all
        second.change(state -> state.answered(probedAt.plusMillis(200), probedAt.plusMillis(300)));
        assertThat(first.music().health()).isInstanceOf(Recovering.class);
    }

    @Test
    void shouldPreferTheLaterState() {
        ServiceState earlier = ServiceState.NEW.earned(NOW);
        ServiceState later = earlier.earned(NOW.plusSeconds(1));

        assertThat(shared.latest("music", earlier)).isSameAs(earlier);
        shared.put("music", later);
        assertThat(shared.latest("music", earlier)).isSameAs(later);
        assertThat(shared.latest("music", later.earned(NOW.plusSeconds(2))).touchedAt())
                .isEqualTo(NOW.plusSeconds(2));
        assertThat(shared.latest("speech", earlier)).isSameAs(earlier);
    }

    @Test
    void shouldForgetAStateThatExpiredUnlessAnotherTaskChangedItSince() {
        ServiceState earlier = ServiceState.NEW.earned(NOW);
        ServiceState later = earlier.earned(NOW.plusSeconds(1));
        shared.put("music", later);

        shared.remove("music", earlier);
        assertThat(shared.latest("music", ServiceState.NEW)).isSameAs(later);
        shared.remove("music", later);
        assertThat(shared.latest("music", ServiceState.NEW)).isSameAs(ServiceState.NEW);
        shared.remove("music", null);
    }

    @Test
    void shouldShareABoundedNumberOfServices() {
        ServiceState state = ServiceState.NEW.earned(NOW);
        for (int i = 0; i < SharedServices.MAX_SERVICES; i++) {
            shared.put("service-" + i, state);
        }

        shared.put("one more", state);
        shared.put("service-0", state.earned(NOW.plusSeconds(1)));

        assertThat(shared.latest("one more", ServiceState.NEW)).isSameAs(ServiceState.NEW);
        assertThat(shared.latest("service-0", state).touchedAt()).isEqualTo(NOW.plusSeconds(1));
    }
}
