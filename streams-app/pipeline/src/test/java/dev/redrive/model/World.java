package dev.redrive.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.avro.JobFailure;
import dev.redrive.avro.Outcome;
import dev.redrive.avro.RetryRequest;
import dev.redrive.avro.UserState;
import dev.redrive.codec.JobKey;
import dev.redrive.codec.JobStateCodec;
import dev.redrive.domain.backlog.Lane.Slot;
import dev.redrive.domain.event.JobRef;
import dev.redrive.domain.lifecycle.JobState;
import dev.redrive.model.Job.Phase;
import dev.redrive.state.StoreNames;
import dev.redrive.topology.PipelineHarness;
import dev.redrive.topology.PipelineHarness.Out;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.jspecify.annotations.Nullable;

/** The pipeline and its model side by side: whatever is done to both, they must agree afterwards. */
final class World implements AutoCloseable {

    private static final Map<String, String> SETTINGS = Map.of(
            "REDRIVE_RETRY__MAX_THROTTLES", Integer.toString(Report.MAX_THROTTLES),
            "REDRIVE_GATES__ENABLED", "",
            "REDRIVE_JOBS__RETENTION", "60d",
            "REDRIVE_USERS__RETENTION", "60d");
    private static final int RELEASE_INTERVAL_MS = 20;
    private static final long WINDOWS_CLOSE_MS = Duration.ofHours(1).toMillis();

    private final PipelineHarness pipeline;
    private final Model model = new Model();
    private final Ledger ledger = new Ledger();
    private final Map<String, Long> offsets = new HashMap<>();
    private boolean failuresByBroker;
    private Instant trueTime = PipelineHarness.START;

    World(Path stateDir) {
        pipeline = new PipelineHarness(stateDir, SETTINGS);
        Outputs.of(pipeline);
    }

    PipelineHarness pipeline() {
        return pipeline;
    }

    Model model() {
        return model;
    }

    Instant now() {
        return pipeline.now();
    }

    /**
     * An input comes: it must lead to what the model says, and to nothing else.
     *
     * @param about user and job, as outcomes name them
     * @param publish writes one record
     * @param replay what the model makes of it: outcomes without the job
     */
    Outputs input(String topic, String about, Runnable publish, Function<Outputs, List<String>> replay) {
        publish.run();
        long offset = nextOffset(topic);
        Outputs out = Outputs.of(pipeline);
        List<String> expected =
                replay.apply(out).stream().map(line -> about + " " + line).toList();
        for (Out<Outcome> record : out.outcomes()) {
            assertThat(record.value().getSourceTopic()).isEqualTo(topic);
            assertThat(record.value().getSourcePartition()).isZero();
            assertThat(record.value().getSourceOffset()).isEqualTo(offset);
        }
        assertThat(out.outcomes().stream().map(Out::value).map(Ledger::show)).isEqualTo(expected);
        assertThat(out.retries()).hasSize(count(expected, " SCHEDULED "));
        assertThat(out.deadLetters()).hasSize(count(expected, " DEAD_LETTERED "));
        assertThat(out.quarantine()).hasSize(count(expected, " QUARANTINED "));
        assertThat(out.ready()).isEmpty();
        agree(out);
        out.retries().forEach(retry -> nextOffset("jobs.retry." + retry.value().getTier()));
        return out;
    }

    private long nextOffset(String topic) {
        return offsets.merge(topic, 1L, Long::sum) - 1;
    }

    /** A record of a retry topic came once more. */
    void echoed(String topic, RetryRequest retry) {
        nextOffset(topic);
        Outputs out = Outputs.of(pipeline);
        Job job = model.job(retry.getUserId(), retry.getJobId());
        List<String> expected = job.is(Phase.PENDING) && job.attempt == retry.getAttempt()
                ? List.of()
                : List.of(retry.getUserId() + "/" + retry.getJobId() + " RETRY STALE " + retry.getAttempt());
        assertThat(out.outcomes().stream().map(Out::value).map(Ledger::show)).isEqualTo(expected);
        assertThat(out.quarantine()).isEmpty();
        agree(out);
    }

    private static int count(List<String> lines, String word) {
        return (int) lines.stream().filter(line -> line.contains(word)).count();
    }

    void stampFailures(boolean byBroker) {
        failuresByBroker = byBroker;
    }

    /** A failure's record comes, with the brokers' time or that of its producer, whose clock is the pipeline's. */
    Outputs failure(Report report, JobFailure record, long lagMs) {
        boolean byBroker = failuresByBroker;
        Instant stamp = (byBroker ? trueTime : now()).minusMillis(lagMs);
        Times times = Times.of(stamp, now(), byBroker);
        return input(
                "jobs.failures",
                report.user() + "/" + report.job(),
                () -> pipeline.append(
                        "jobs.failures",
                        JobFailure.class,
                        report.user(),
                        record,
                        stamp,
                        byBroker ? TimestampType.LOG_APPEND_TIME : TimestampType.CREATE_TIME),
                out -> model.failed(report, times, out));
    }

    void setClock(long offMs) {
        pipeline.setClock(trueTime.plusMillis(offMs));
    }

    void restart() {
        pipeline.restart();
        offsets.clear();
        agree(Outputs.of(pipeline));
    }

    /** A little time goes by, every timer fires when it would. */
    void advance(long ms) {
        trueTime = trueTime.plusMillis(ms);
        pipeline.advance(Duration.ofMillis(ms));
        model.leasesEnd(now(), false);
        timePassed();
        if (ms >= 2 * RELEASE_INTERVAL_MS) {
            nothingWaits(now().minusMillis(RELEASE_INTERVAL_MS));
        }
    }

    /** Much time goes by, every timer fires once; then changed users are published. */
    void leap(long ms) {
        leapOnce(ms);
        leapOnce(1_000);
        model.leasesEnd(now(), true);
        while (leapOnce(200)) {
            // users may have been published before what happened last
        }
        usersAgree();
        assertThat(ledger.failures()).as("failures in error rates").isEqualTo(model.accepted());
    }

    /** Time goes by to one moment, at which every timer fires. */
    void leapTo(long ms) {
        leapOnce(ms);
    }

    private boolean leapOnce(long ms) {
        if (ms > WINDOWS_CLOSE_MS) {
            step(1_000); // hands on what was counted before its windows expire
            return step(ms - 1_000);
        }
        return step(ms);
    }

    private boolean step(long ms) {
        trueTime = trueTime.plusMillis(ms);
        pipeline.leap(Duration.ofMillis(ms));
        model.leasesEnd(now(), false);
        boolean something = timePassed();
        if (ms >= RELEASE_INTERVAL_MS) {
            nothingWaits(now());
        }
        return something;
    }

    private boolean timePassed() {
        Outputs out = Outputs.of(pipeline);
        List<String> expected = model.timePassed(out);
        assertThat(out.outcomes().stream().map(Out::value).map(Ledger::show))
                .containsExactlyInAnyOrderElementsOf(expected);
        assertThat(out.outcomes()).allMatch(record -> record.value().getSourceTopic() == null);
        assertThat(out.retries()).isEmpty();
        assertThat(out.quarantine()).isEmpty();
        agree(out);
        return !expected.isEmpty();
    }

    /** When the next retry is due, if one is pending. */
    @Nullable
    Instant nextDue() {
        Instant next = null;
        for (Job job : model.jobs()) {
            if (job.is(Phase.PENDING) && (next == null || job.due.isBefore(next))) {
                next = job.due;
            }
        }
        return next;
    }

    private void nothingWaits(Instant firedAt) {
        for (Job job : model.jobs()) {
            assertThat(job.is(Phase.PENDING) && !job.due.isAfter(firedAt))
                    .as("still waits at %s: %s", firedAt, job)
                    .isFalse();
        }
    }

    /** Model, ledger and stores hold the same retries pending. */
    private void agree(Outputs out) {
        ledger.read(out);
        Map<String, Integer> pending = new TreeMap<>();
        Map<String, Instant> due = new TreeMap<>();
        Map<String, String> states = new TreeMap<>();
        for (Job job : model.jobs()) {
            String name = job.user + "/" + job.id;
            if (job.is(Phase.PENDING)) {
                pending.put(name, job.attempt);
                due.put(name, job.due);
            }
            if (!job.is(Phase.NEW)) {
                states.put(name, job.phase + " " + job.attempt);
            }
        }
        assertThat(ledger.pending()).as("pending by the ledger").isEqualTo(pending);
        assertThat(queue()).as("due queue").isEqualTo(due);
        assertThat(states()).as("states of jobs").isEqualTo(states);
    }

    private Map<String, Instant> queue() {
        Map<String, Instant> due = new TreeMap<>();
        for (KeyValue<Bytes, byte[]> entry : store(StoreNames.DUE)) {
            Slot slot = JobKey.slotOf(entry.key.get());
            JobRef job = new JobRef(JobKey.laneOf(entry.key.get()).userId(), slot.jobId());
            Instant before = due.put(name(job), Instant.ofEpochMilli(slot.dueAtMs()));
            assertThat(before).as("twice in the due queue: %s", job).isNull();
        }
        return due;
    }

    private Map<String, String> states() {
        Map<String, String> states = new TreeMap<>();
        for (KeyValue<Bytes, byte[]> entry : store(StoreNames.JOBS)) {
            JobState state = JobStateCodec.decode(entry.value);
            states.put(name(JobKey.job(entry.key.get())), show(state));
        }
        return states;
    }

    private static String show(JobState state) {
        if (state instanceof JobState.Scheduled pending) {
            return Phase.PENDING + " " + pending.attempt();
        }
        if (state instanceof JobState.Running running) {
            return Phase.OUT + " " + running.attempt();
        }
        return (state instanceof JobState.DeadLettered ? Phase.DEAD : Phase.OVER) + " " + state.endedAttempt();
    }

    private List<KeyValue<Bytes, byte[]>> store(String name) {
        List<KeyValue<Bytes, byte[]>> entries = new ArrayList<>();
        try (KeyValueIterator<Bytes, byte[]> all =
                pipeline.driver().<Bytes, byte[]>getKeyValueStore(name).all()) {
            all.forEachRemaining(entries::add);
        }
        return entries;
    }

    private static String name(JobRef job) {
        return job.userId() + "/" + job.jobId();
    }

    /** What was published last of each user counts what the model counts. */
    private void usersAgree() {
        Map<String, int[]> counts = new TreeMap<>();
        for (Job job : model.jobs()) {
            int[] count = counts.computeIfAbsent(job.user, user -> new int[3]);
            count[0] += job.is(Phase.PENDING) ? 1 : 0;
            count[1] += job.activeUntil != null && !job.perhapsIdle ? 1 : 0;
            count[2] += job.activeUntil != null ? 1 : 0;
        }
        counts.forEach((user, count) -> {
            UserState state = ledger.user(user);
            if (state == null) {
                assertThat(count[0] + count[1]).as("%s was not published", user).isZero();
                return;
            }
            assertThat(state.getPendingRetries()).as("pending of %s", user).isEqualTo(count[0]);
            assertThat(state.getActiveJobs()).as("active of %s", user).isBetween(count[1], count[2]);
        });
    }

    /** Time enough goes by for all that is pending, and then for all leases. */
    void end() {
        setClock(0);
        leap(Duration.ofDays(10).toMillis());
        assertThat(nextDue()).as("still pending").isNull();
        leap(Duration.ofHours(1).toMillis());
        for (Job job : model.jobs()) {
            UserState state = ledger.user(job.user);
            assertThat(state == null || state.getActiveJobs() == 0)
                    .as("active of %s", job.user)
                    .isTrue();
        }
    }

    @Override
    public void close() {
        pipeline.close();
    }
}
