package dev.redrive.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.bench.Verifier.Fate;
import org.junit.jupiter.api.Test;

/** A run must fail when a job is lost, doubled or early, however the rest looks. */
class VerifierTest {

    private static final long DUE_MS = 10_000;
    private static final int RETRIED = 0;
    private static final int DEAD = 1;
    private static final int FAR = 2;

    private final Workload workload = new Workload("job", 1, 50);
    private final Verifier verifier = new Verifier(
            workload,
            3,
            job -> switch (job) {
                case RETRIED -> Fate.RELEASED;
                case DEAD -> Fate.DEAD_LETTERED;
                default -> Fate.PENDING;
            },
            job -> DUE_MS,
            true);

    private void ledgerOfAll() {
        verifier.outcome(workload.jobId(RETRIED), "SCHEDULED", DUE_MS);
        verifier.outcome(workload.jobId(RETRIED), "RELEASED", 0);
        verifier.outcome(workload.jobId(DEAD), "DEAD_LETTERED", 0);
        verifier.outcome(workload.jobId(FAR), "SCHEDULED", DUE_MS);
    }

    private void allAsItShouldBe() {
        ledgerOfAll();
        verifier.released(workload.jobId(RETRIED), DUE_MS, DUE_MS);
        verifier.deadLettered(workload.jobId(DEAD));
    }

    @Test
    void shouldFindNothingWhenAllIsAsItShouldBe() {
        allAsItShouldBe();

        assertThat(verifier.faults()).isEmpty();
    }

    @Test
    void shouldFindAJobThatWasNotReleased() {
        ledgerOfAll();
        verifier.deadLettered(workload.jobId(DEAD));

        assertThat(verifier.faults()).containsExactly("1 LOST", "LOST: job-0 not in ready");
    }

    @Test
    void shouldFindADeadLetterThatIsMissing() {
        ledgerOfAll();
        verifier.released(workload.jobId(RETRIED), DUE_MS, DUE_MS);

        assertThat(verifier.faults()).containsExactly("1 LOST", "LOST: job-1 not in dead letters");
    }

    @Test
    void shouldFindAJobThatWasReleasedTwice() {
        allAsItShouldBe();
        verifier.released(workload.jobId(RETRIED), DUE_MS, DUE_MS + 1);

        assertThat(verifier.faults()).containsExactly("1 DOUBLED", "DOUBLED: job-0 2 times in ready");
    }

    @Test
    void shouldFindADeadLetterThatIsThereTwice() {
        allAsItShouldBe();
        verifier.deadLettered(workload.jobId(DEAD));

        assertThat(verifier.faults()).containsExactly("1 DOUBLED", "DOUBLED: job-1 2 times in dead letters");
    }

    @Test
    void shouldFindAReleaseThatWasAppendedBeforeItsDue() {
        ledgerOfAll();
        verifier.deadLettered(workload.jobId(DEAD));
        verifier.released(workload.jobId(RETRIED), DUE_MS, DUE_MS - 1);

        assertThat(verifier.faults()).containsExactly("1 EARLY", "EARLY: job-0 appended 1 ms before its due");
    }

    @Test
    void shouldFindADueBeforeTheInstantThatWasAskedFor() {
        verifier.outcome(workload.jobId(RETRIED), "SCHEDULED", DUE_MS - 1);
        verifier.outcome(workload.jobId(RETRIED), "RELEASED", 0);
        verifier.outcome(workload.jobId(DEAD), "DEAD_LETTERED", 0);
        verifier.outcome(workload.jobId(FAR), "SCHEDULED", DUE_MS);
        verifier.released(workload.jobId(RETRIED), DUE_MS - 1, DUE_MS);
        verifier.deadLettered(workload.jobId(DEAD));

        assertThat(verifier.faults())
                .containsExactly("1 EARLY", "EARLY: job-0 due before the instant that was asked for");
    }

    @Test
    void shouldFindAReleaseUnderAnotherDueThanTheLedgers() {
        ledgerOfAll();
        verifier.deadLettered(workload.jobId(DEAD));
        verifier.released(workload.jobId(RETRIED), DUE_MS + 1, DUE_MS + 2);

        assertThat(verifier.faults().get(0)).isEqualTo("1 UNBALANCED");
    }

    @Test
    void shouldFindAPendingJobThatWasReleased() {
        allAsItShouldBe();
        verifier.released(workload.jobId(FAR), DUE_MS, DUE_MS);

        assertThat(verifier.faults()).containsExactly("1 MISPLACED", "MISPLACED: job-2 in ready");
    }

    @Test
    void shouldFindAJobThatTheLedgerForgot() {
        verifier.outcome(workload.jobId(RETRIED), "SCHEDULED", DUE_MS);
        verifier.outcome(workload.jobId(RETRIED), "RELEASED", 0);
        verifier.outcome(workload.jobId(DEAD), "DEAD_LETTERED", 0);
        verifier.released(workload.jobId(RETRIED), DUE_MS, DUE_MS);
        verifier.deadLettered(workload.jobId(DEAD));

        assertThat(verifier.faults())
                .containsExactly(
                        "1 UNBALANCED", "UNBALANCED: job-2 scheduled, released, dead-lettered, other: [0, 0, 0, 0]");
    }

    @Test
    void shouldFindAJobThatTheLedgerTellsTwice() {
        allAsItShouldBe();
        verifier.outcome(workload.jobId(FAR), "DUPLICATE", 0);

        assertThat(verifier.faults().get(0)).isEqualTo("1 UNBALANCED");
    }

    @Test
    void shouldFindAJobThatWasNeverPublished() {
        allAsItShouldBe();
        verifier.deadLettered(workload.jobId(3));

        assertThat(verifier.faults()).containsExactly("1 MISPLACED", "MISPLACED: job-3 was never published");
    }

    @Test
    void shouldLeaveJobsOfAnotherRunAlone() {
        allAsItShouldBe();
        verifier.released(new Workload("warm", 1, 50).jobId(7), DUE_MS, 0);

        assertThat(verifier.faults()).isEmpty();
    }

    @Test
    void shouldTellAllNumbersAndTheFirstJobsOnly() {
        Verifier large = new Verifier(workload, 1_000, job -> Fate.RELEASED, job -> 0, false);

        assertThat(large.faults()).hasSize(21).contains("1000 LOST");
    }
}
