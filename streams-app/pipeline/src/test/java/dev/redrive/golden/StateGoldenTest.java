package dev.redrive.golden;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.codec.JobKey;
import dev.redrive.codec.JobStateCodec;
import dev.redrive.domain.backlog.Lane;
import dev.redrive.domain.backlog.Lane.Slot;
import dev.redrive.domain.classify.FailureClass;
import dev.redrive.domain.decide.DeadLetterReason;
import dev.redrive.domain.engine.Ports;
import dev.redrive.domain.engine.Ports.CommandProgress;
import dev.redrive.domain.engine.Ports.Source;
import dev.redrive.domain.engine.SharedServices;
import dev.redrive.domain.event.Input.BulkCommand;
import dev.redrive.domain.event.Input.Carried;
import dev.redrive.domain.event.Input.JobCommand;
import dev.redrive.domain.event.JobRef;
import dev.redrive.domain.gate.Hold;
import dev.redrive.domain.lifecycle.JobState;
import dev.redrive.domain.lifecycle.JobState.AttemptSummary;
import dev.redrive.domain.lifecycle.JobState.Memo;
import dev.redrive.domain.service.Health;
import dev.redrive.domain.service.ServiceState;
import dev.redrive.domain.stats.AlertRules.AlertKind;
import dev.redrive.domain.stats.Windows.Count;
import dev.redrive.domain.stats.Windows.Part;
import dev.redrive.domain.user.Concurrency;
import dev.redrive.domain.user.Concurrency.Foreign;
import dev.redrive.domain.user.Concurrency.Reporting;
import dev.redrive.domain.user.JobLengths;
import dev.redrive.domain.user.LimitEstimate;
import dev.redrive.domain.user.Quota;
import dev.redrive.domain.user.RateWindow;
import dev.redrive.domain.user.RateWindow.CallLog;
import dev.redrive.domain.user.Slots;
import dev.redrive.domain.user.UserState;
import dev.redrive.domain.user.UserState.LastFailure;
import dev.redrive.state.CommandStore;
import dev.redrive.state.CommandStore.CommandProgressCodec;
import dev.redrive.state.CommandStore.HoldCodec;
import dev.redrive.state.DueQueue;
import dev.redrive.state.LeaseStore;
import dev.redrive.state.MemoryStore;
import dev.redrive.state.RateStore;
import dev.redrive.state.RateStore.OpenSums;
import dev.redrive.state.RateStore.PartKey;
import dev.redrive.state.ServiceStore;
import dev.redrive.state.ServiceStore.ServiceStateCodec;
import dev.redrive.state.SpentStore;
import dev.redrive.state.UserStore;
import dev.redrive.state.UserStore.UserMemoryCodec;
import dev.redrive.state.WaitingInputs;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** State outlives the version that wrote it, in changelogs and on disk: each kind of entry of each store, fully populated. */
class StateGoldenTest {

    private static final Instant T0 = Instant.parse("2026-11-22T12:00:00.123Z");
    private static final JobRef JOB = new JobRef("user-ü", "job-1");
    private static final Duration RETENTION = Duration.ofDays(7);

    private final List<String> lines = new ArrayList<>();

    private static Instant at(int seconds) {
        return T0.plusSeconds(seconds);
    }

    /** Encodes, decodes what was encoded, and takes a line. */
    private <T> void value(String name, T value, Function<T, byte[]> encoder, Function<byte[], T> decoder) {
        byte[] bytes = encoder.apply(value);
        assertThat(decoder.apply(bytes)).isEqualTo(value);
        lines.add(name + ": " + AvroText.stored(bytes));
    }

    private void key(String name, byte[] key) {
        lines.add(name + ": " + AvroText.hex(key));
    }

    private void entries(String name, MemoryStore store) {
        try (KeyValueIterator<Bytes, byte[]> all = store.all()) {
            while (all.hasNext()) {
                KeyValue<Bytes, byte[]> entry = all.next();
                lines.add(name + ": " + AvroText.hex(entry.key.get()) + " -> " + AvroText.stored(entry.value));
            }
        }
    }

    private static Memo memo(boolean active) {
        return new Memo(
                3,
                2,
                1,
                at(-600),
                "key-ü",
                4,
                5,
                List.of(
                        new AttemptSummary(1, FailureClass.TRANSIENT, "busy", 503, at(-600)),
                        new AttemptSummary(2, FailureClass.UNKNOWN, null, null, at(-300))),
                active ? at(1_800) : null,
                active ? at(900) : null,
                List.of("redrive-1", "redrive-2"),
                at(-1),
                "music",
                new Carried("PUT", "/v1/music", at(3_600), 7, "batch-1", Map.of("label", "välue"), 9, true));
    }

    @Test
    void shouldWriteJobsAsTheyAreStored() {
        JobState.Scheduled pending = new JobState.Scheduled(memo(false), 6, at(10), 0x0102030405060708L);
        job("running", new JobState.Running(memo(true), 5, true));
        job("running, not released", new JobState.Running(Memo.NEW, 1, false));
        job("scheduled", pending);
        for (DeadLetterReason reason : DeadLetterReason.values()) {
            job("dead-lettered", new JobState.DeadLettered(Memo.NEW, 5, reason));
        }
        job("dead-lettered", new JobState.DeadLettered(memo(false), 5, DeadLetterReason.ATTEMPTS_EXHAUSTED));
        for (JobState.End end : JobState.End.values()) {
            job("finished", new JobState.Finished(memo(false), 5, end));
        }
        for (FailureClass failureClass : FailureClass.values()) {
            Memo failed = new Memo(
                    1,
                    0,
                    0,
                    null,
                    null,
                    0,
                    0,
                    List.of(new AttemptSummary(1, failureClass, null, null, T0)),
                    null,
                    null,
                    List.of(),
                    T0,
                    "s",
                    Carried.NONE);
            job("failed", new JobState.Running(failed, 1, false));
        }

        Golden.check("state-jobs.txt", lines);
    }

    private void job(String name, JobState state) {
        value(name, state, JobStateCodec::encode, JobStateCodec::decode);
    }

    @Test
    void shouldWriteUsersAndServicesAsTheyAreStored() {
        for (Reporting reporting : Reporting.values()) {
            user("user", user(reporting, Quota.Status.EXHAUSTED));
        }
        for (Quota.Status status : Quota.Status.values()) {
            user("quota", user(Reporting.UNSEEN, status));
        }
        user("user of whom nothing is known", UserState.NEW);
        JobLengths lengths = new JobLengths(8, 0.25, 10);
        service("sound", new ServiceState(new Health.Sound(8_200), null, 0, 0, T0));
        service("broken", new ServiceState(new Health.Broken(at(1), at(2), 3), lengths, 1.5, 2.5, T0));
        service(
                "probing",
                new ServiceState(new Health.Probing(at(1), at(2), 3, Duration.ofSeconds(45)), lengths, 1.5, 2.5, T0));
        service("recovering", new ServiceState(new Health.Recovering(at(1), at(2), 3, 4, 5, 6), lengths, 1.5, 2.5, T0));

        Golden.check("state-users-services.txt", lines);
    }

    private void user(String name, UserState state) {
        value(name, state, UserMemoryCodec::encode, UserMemoryCodec::decode);
    }

    private void service(String name, ServiceState state) {
        value(name, state, ServiceStateCodec::encode, ServiceStateCodec::decode);
    }

    private static UserState user(Reporting reporting, Quota.Status status) {
        Concurrency concurrency = new Concurrency(
                1,
                new LimitEstimate(2, at(3), LimitEstimate.Source.OBSERVED, 10, 11, 12, at(13), 14, at(41)),
                4,
                at(5),
                new Foreign(6, at(7), Duration.ofMillis(8)),
                9,
                new JobLengths(8, 0.25, 10),
                new Slots(List.of(15L, 16L), List.of(17L), 18, 19, 500),
                reporting);
        RateWindow music = new RateWindow(
                new LimitEstimate(20, at(33), LimitEstimate.Source.GUESSED, 34, 35, 36, at(37), 38, null),
                21,
                at(22),
                at(23),
                at(24),
                at(25),
                new CallLog(List.of(26L, 27L)),
                at(39),
                40);
        return new UserState(
                concurrency,
                new Quota(status, "SPENT", at(14), at(15), 16L, at(17), at(18), 19, 20, at(21), 22),
                Map.of("speech", RateWindow.reported(null, null, null, null, at(28)), "music", music),
                Map.of("music", 30, "speech", 31),
                "pro",
                new LastFailure(FailureClass.RATE_LIMITED, "code", 429, "music", "song", at(29)),
                at(32));
    }

    @Test
    void shouldWriteKeysAsTheyAreStored() {
        Lane lane = new Lane("user-ü", "music", 9);
        byte[] place = JobKey.place(JobKey.lane(lane), T0.toEpochMilli(), "job-1");
        assertThat(JobKey.laneOf(place)).isEqualTo(lane);
        assertThat(JobKey.slotOf(place)).isEqualTo(new Slot(T0.toEpochMilli(), "job-1"));
        key("job", JobKey.bytes(JOB));
        key("user", JobKey.user("user-ü"));
        key("job behind an instant", JobKey.timed(T0.toEpochMilli(), JOB));
        key("lane", JobKey.lane(lane));
        key("place in the due queue", place);
        key("behind all of a user", JobKey.behind(JobKey.user("user-ü")));
        for (Count.Kind kind : Count.Kind.values()) {
            for (boolean late : new boolean[] {false, true}) {
                key("part", PartKey.bytes(part(kind, late)));
            }
        }
        key("all parts of an operation", PartKey.prefix(60_000, "music", "song"));

        Golden.check("state-keys.txt", lines);
    }

    private static Part part(Count.Kind kind, boolean late) {
        return new Part(60_000, kind, late, "music", "song", "TRANSIENT", "büsy");
    }

    @Test
    void shouldWriteTheEntriesOfEachStoreAsTheyAre() {
        Lane lane = new Lane(JOB.userId(), "music", 9);
        MemoryStore due = new MemoryStore();
        new DueQueue(due).add(lane, T0.toEpochMilli(), JOB, new byte[] {1, 2, 3});
        entries("due", due);

        MemoryStore leases = new MemoryStore();
        new LeaseStore(leases).add(new Ports.Lease(JOB, at(1), "müsic", true));
        new LeaseStore(leases).add(new Ports.Lease(JOB, at(2), "speech", false));
        entries("leases", leases);

        MemoryStore spent = new MemoryStore();
        SpentStore kept = new SpentStore(spent, RETENTION);
        kept.put(JOB, T0, new byte[] {4, 5});
        kept.put(new JobRef(JOB.userId(), "job-2"), T0, new byte[] {6});
        entries("spent", spent);

        MemoryStore sums = new MemoryStore();
        OpenSums open = new OpenSums(sums, 1);
        open.add(part(Count.Kind.FAILURE, false));
        open.add(part(Count.Kind.FAILURE, false));
        open.add(part(Count.Kind.SUBMITTED, true));
        entries("open-sums", sums);

        MemoryStore rates = new MemoryStore();
        RateStore told = new RateStore(rates);
        told.add(part(Count.Kind.DEAD_LETTER, false), 3);
        told.see("fingerprint", T0);
        for (AlertKind kind : AlertKind.values()) {
            told.firstIn(kind, 60_000, "fingerprint");
        }
        entries("error-rates", rates);

        MemoryStore services = new MemoryStore();
        new ServiceStore(services, RETENTION, new SharedServices())
                .put("müsic", new ServiceState(new Health.Sound(8_200), null, 0, 0, T0));
        entries("services", services);

        MemoryStore users = new MemoryStore();
        MemoryStore marks = new MemoryStore();
        new UserStore(users, marks, RETENTION).put("user-ü", user(Reporting.EXPECTED, Quota.Status.AVAILABLE));
        entries("users", users);
        entries("marks", marks);

        Golden.check("state-entries.txt", lines);
    }

    @Test
    void shouldWriteOpenCommandsAndInputsThatWaitAsTheyAreStored() {
        Source source = new Source("jobs.commands", 3, 77);
        for (JobCommand.Kind kind : JobCommand.Kind.values()) {
            BulkCommand command = new BulkCommand("command-1", kind, "user-ü", "music.song");
            open(CommandProgress.begin(command, source, T0).at(JOB, 12));
        }
        BulkCommand timed = new BulkCommand("redrive-1", JobCommand.Kind.REDRIVE, "user-ü", null);
        open(CommandProgress.begin(timed, Source.TIMER, T0));

        Hold hold = Hold.begin(
                "hold-1",
                new Hold.Scope("user-ü", "music", "music.song"),
                "the provider is down",
                T0,
                T0.plusSeconds(9));
        Hold ramping = new Hold("hold-2", new Hold.Scope("", null, null), "why", T0, T0, T0.plusSeconds(3), 0, 0);
        value("hold", hold, HoldCodec::encode, HoldCodec::decode);
        value("hold", ramping, HoldCodec::encode, HoldCodec::decode);

        MemoryStore marks = new MemoryStore();
        CommandStore commands = new CommandStore(marks);
        commands.put(hold);
        commands.put(CommandProgress.begin(timed, source, T0));
        commands.put(CommandProgress.begin(
                new BulkCommand("command-2", JobCommand.Kind.CANCEL, "", "music.song"), source, T0));
        WaitingInputs waiting = new WaitingInputs(marks, 10_000);
        waiting.add(waiting(true, "trace".getBytes(UTF_8)));
        waiting.add(waiting(false, null));
        entries("marks", marks);

        Golden.check("state-commands-waiting.txt", lines);
    }

    private void open(CommandProgress command) {
        value("open command", command, CommandProgressCodec::encode, CommandProgressCodec::decode);
    }

    private static WaitingInputs.Waiting waiting(boolean unread, byte @Nullable [] header) {
        return new WaitingInputs.Waiting(
                "jobs.failures",
                3,
                77,
                T0.toEpochMilli(),
                "user-ü".getBytes(UTF_8),
                new byte[] {0, 0, 0, 0, 9, 1},
                new RecordHeaders().add("traceparent", header),
                unread);
    }
}
