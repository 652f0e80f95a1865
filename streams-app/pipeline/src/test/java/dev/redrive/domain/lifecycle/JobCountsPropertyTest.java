package dev.redrive.domain.lifecycle;

import static dev.redrive.domain.lifecycle.Moves.NOW;
import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.domain.event.Input.RetryDue;
import dev.redrive.domain.lifecycle.Pipeline.State;
import dev.redrive.domain.lifecycle.Pipeline.Step;
import dev.redrive.domain.service.ServiceState;
import dev.redrive.domain.user.UserState;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** The counts of a user are those of the jobs' states, whatever happens to jobs in whatever order. */
class JobCountsPropertyTest {

    private static final Pipeline PIPELINE = Moves.pipeline();
    private static final List<String> INPUTS = List.of(
            "fail",
            "fail",
            "bad",
            "busy",
            "forget",
            "submitted",
            "accepted",
            "started",
            "succeeded",
            "cancelled",
            "arrived",
            "due",
            "due",
            "due",
            "lease",
            "cancel",
            "expedite",
            "redrive",
            "redrive",
            "discard");

    record Event(int job, String input, int attempt, int seconds) {}

    @Provide
    Arbitrary<List<Event>> events() {
        Arbitrary<Event> event = net.jqwik.api.Combinators.combine(
                        Arbitraries.integers().between(0, 2),
                        Arbitraries.of(INPUTS),
                        Arbitraries.integers().between(0, 6),
                        Arbitraries.integers().between(0, 3_000))
                .as(Event::new);
        return event.list().ofMaxSize(60);
    }

    @Property(tries = 300)
    void shouldCountWhatTheJobsStatesSay(@ForAll("events") List<Event> events) {
        JobState[] jobs = new JobState[3];
        Arrays.fill(jobs, JobState.Unseen.INSTANCE);
        UserState user = UserState.NEW;
        var now = NOW;
        for (Event event : events) {
            now = now.plusSeconds(event.seconds());
            JobState job = jobs[event.job()];
            var input = event.input().equals("due") && job instanceof JobState.Scheduled pending
                    ? new RetryDue(
                            Moves.JOB, pending.attempt(), pending.dueAt(), "music", "song", null, pending.dueAt())
                    : Moves.input(event.input() + " " + event.attempt());
            Step step = PIPELINE.apply(new State(job, user, ServiceState.NEW), input, now);

            JobState next = step.next().job();
            assertThat(next.endedAttempt()).isGreaterThanOrEqualTo(job.endedAttempt());
            assertThat(releases(step)).isLessThanOrEqualTo(job instanceof JobState.Scheduled ? 1 : 0);
            jobs[event.job()] = next;
            user = step.next().user();
            assertThat(user.concurrency().active())
                    .isEqualTo(count(jobs, each -> each.memo().active()));
            assertThat(user.pendingRetries()).isEqualTo(count(jobs, each -> each instanceof JobState.Scheduled));
        }
    }

    private static long releases(Step step) {
        return step.effects().stream().filter(Effect.Release.class::isInstance).count();
    }

    private static int count(JobState[] jobs, java.util.function.Predicate<JobState> what) {
        return (int) Arrays.stream(jobs).filter(what).count();
    }
}
