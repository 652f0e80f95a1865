package dev.redrive.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.codec.JobKey;
import dev.redrive.domain.event.JobRef;
import dev.redrive.state.HeapStore.HeapBudget;
import dev.redrive.state.JobStore.JobFilter;
import org.junit.jupiter.api.Test;

class JobFilterTest {

    private static byte[] job(String prefix, int number) {
        return JobKey.bytes(new JobRef("user-" + number % 97, prefix + number));
    }

    private static int seen(JobFilter filter, String prefix, int jobs) {
        int seen = 0;
        for (int i = 0; i < jobs; i++) {
            seen += filter.maySee(job(prefix, i)) ? 1 : 0;
        }
        return seen;
    }

    @Test
    void shouldErrSeldomAndNeverAboutAJobThatWasAdded() {
        JobFilter filter = new JobFilter(new HeapBudget(10_000_000));
        assertThat(seen(filter, "job-", 1_000)).isZero();

        for (int i = 0; i < 500_000; i++) {
            filter.add(job("job-", i));
        }

        assertThat(seen(filter, "job-", 500_000)).isEqualTo(500_000);
        assertThat(seen(filter, "other-", 100_000)).isLessThan(2_000);
    }

    @Test
    void shouldForgetNoJobWhenItMayNotGrow() {
        HeapBudget budget = new HeapBudget(1_000);
        JobFilter filter = new JobFilter(budget);
        for (int i = 0; i < 100_000; i++) {
            filter.add(job("job-", i));
        }

        assertThat(seen(filter, "job-", 100_000)).isEqualTo(100_000);
        assertThat(budget.admits(1_000, 0)).isFalse();
        filter.close();
        assertThat(budget.admits(0, 1_000)).isTrue();
    }
}
