package dev.redrive.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.domain.engine.SharedServices;
import dev.redrive.domain.service.Health.Broken;
import dev.redrive.domain.service.ServiceState;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class ServiceStoreTest {

    private static final Instant NOW = Instant.parse("2026-11-29T12:00:00Z");
    private static final Duration RETENTION = Duration.ofDays(1);

    private final MemoryStore firstState = new MemoryStore();
    private final MemoryStore secondState = new MemoryStore();
    private final SharedServices shared = new SharedServices();
    private final ServiceStore first = new ServiceStore(firstState, RETENTION, shared);
    private final ServiceStore second = new ServiceStore(secondState, RETENTION, shared);

    private static ServiceState broken() {
        ServiceState state = ServiceState.NEW;
        for (int i = 0; i < 3; i++) {
            state = state.failed(true, NOW, Duration.ZERO, NOW);
        }
        return state;
    }

    @Test
    void shouldReadWhatAnotherTaskOfTheProcessHasLearned() {
        first.put("music", broken());

        assertThat(second.get("music")).isEqualTo(broken());
        assertThat(second.get("speech")).isEqualTo(ServiceState.NEW);
    }

    @Test
    void shouldStoreOnlyItsOwnChangesButOnTopOfThoseOfOthers() {
        first.put("music", broken());
        assertThat(secondState.all()).isExhausted();

        second.put("music", second.get("music").released(NOW.plusSeconds(1)));

        // After a restart each task has what it stored, and the later of both counts
        SharedServices afterwards = new SharedServices();
        ServiceStore firstAgain = new ServiceStore(firstState, RETENTION, afterwards);
        ServiceStore secondAgain = new ServiceStore(secondState, RETENTION, afterwards);
        assertThat(firstAgain.get("music").health()).isInstanceOf(Broken.class);
        assertThat(secondAgain.get("music")).isEqualTo(broken().released(NOW.plusSeconds(1)));
        secondAgain.put("music", secondAgain.get("music").answered(NOW.plusSeconds(2), NOW.plusSeconds(2)));
        assertThat(firstAgain.get("music").recovering()).isTrue();
    }

    @Test
    void shouldExpireForAllTasks() {
        first.put("music", broken());

        first.sweep(NOW.plus(RETENTION).plusSeconds(1), 10);

        assertThat(first.get("music")).isEqualTo(ServiceState.NEW);
        assertThat(second.get("music")).isEqualTo(ServiceState.NEW);
    }
}
