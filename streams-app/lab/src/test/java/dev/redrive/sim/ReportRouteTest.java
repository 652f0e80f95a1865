package dev.redrive.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.sim.Scenario.Latency;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReportRouteTest {

    private final ReportRoute route = new ReportRoute(new Latency(30, 120), new Dice(1).about("report"), 2);

    @Test
    void shouldBringReportsOfOneUserInTheirOrderAndTakeItsTime() {
        List<Long> arrivals = new ArrayList<>();
        List<Long> took = new ArrayList<>();
        for (long publishedMs = 0; publishedMs < 20_000; publishedMs += 10) {
            long arrivalMs = route.arrivalMs(1, publishedMs);
            arrivals.add(arrivalMs);
            took.add(arrivalMs - publishedMs);
        }

        assertThat(arrivals).isSorted();
        assertThat(took).allMatch(ms -> ms >= 30 && ms <= 120);
        assertThat(took).anyMatch(ms -> ms < 40).anyMatch(ms -> ms > 115);
    }

    @Test
    void shouldKeepEachMessageUntilItIsTaken() {
        int first = route.keep("a");
        int second = route.keep("b");

        assertThat(route.take(first)).isEqualTo("a");
        int third = route.keep("c");

        assertThat(third).isNotEqualTo(second);
        assertThat(route.take(second)).isEqualTo("b");
        assertThat(route.take(third)).isEqualTo("c");
    }
}
