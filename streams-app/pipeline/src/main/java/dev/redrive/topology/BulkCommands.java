package dev.redrive.topology;

import dev.redrive.avro.JobFailure;
import dev.redrive.codec.InputReader;
import dev.redrive.codec.InputReader.Decoded;
import dev.redrive.codec.OpenCommandCodec.OpenCommand;
import dev.redrive.codec.Origin;
import dev.redrive.contract.TopicNames;
import dev.redrive.domain.event.Input.BulkCommand;
import dev.redrive.domain.event.Input.BulkEnded;
import dev.redrive.domain.event.Input.CommandIssued;
import dev.redrive.domain.event.Input.JobFailed;
import dev.redrive.domain.event.JobRef;
import dev.redrive.domain.lifecycle.Effect;
import dev.redrive.domain.lifecycle.JobState;
import dev.redrive.domain.lifecycle.JobState.DeadLettered;
import dev.redrive.domain.lifecycle.JobState.Scheduled;
import dev.redrive.domain.lifecycle.OutcomeKind;
import dev.redrive.domain.lifecycle.Step;
import dev.redrive.state.JobStore;
import dev.redrive.state.SpentStore.Spent;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Carries out commands about many jobs, a few at each look, so that no transaction gets long and retries go on being
 * released meanwhile. A command walks over the jobs that were there when it was read and gives each its own command; where
 * it stands is stored, so that another task goes on from there. At its end there is one outcome without a job.
 */
final class BulkCommands {

    /** Most jobs that are looked at in one look, over all open commands. */
    static final int SLICE_JOBS = 1_000;

    private static final long SLICE_NANOS = Duration.ofMillis(5).toNanos();
    private static final int CHUNK = 64;

    /** How long after the command was read it waits for retries that are on their way through a delay topic. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final TaskStores stores;
    private final InputReader reader;
    private final TopicNames topics;
    private final StepWriter steps;
    private final Quarantine quarantine;
    private final Outbox outbox;

    private int left;
    private long deadlineNanos;

    BulkCommands(
            TaskStores stores,
            InputReader reader,
            TopicNames topics,
            StepWriter steps,
            Quarantine quarantine,
            Outbox outbox) {
        this.stores = stores;
        this.reader = reader;
        this.topics = topics;
        this.steps = steps;
        this.quarantine = quarantine;
        this.outbox = outbox;
    }

    /** What became of one job. */
    private enum Answer {
        APPLIED,
        PASSED,
        WAITS,
        ENDS
    }

    /** Takes a command that was read, or refuses it. */
    void open(BulkCommand command, Origin origin, Instant now) {
        String refusal = stores.open().refusal(command);
        if (refusal != null) {
            steps.take(new BulkEnded(command, refusal, 0), Occasion.of(origin), now);
            return;
        }
        stores.open().put(OpenCommand.begin(command, origin, now));
    }

    /** Goes on with the open commands, in turn. */
    void fire(Instant now) {
        int open = stores.open().size();
        if (open == 0) {
            return;
        }
        left = SLICE_JOBS;
        deadlineNanos = System.nanoTime() + SLICE_NANOS;
        for (; open > 0 && more(); open--) {
            OpenCommand before = stores.open().turn();
            boolean redrives = before.command().kind() == CommandIssued.Kind.REDRIVE;
            OpenCommand after = redrives ? redrive(before, now) : walk(before, now);
            if (after == null) {
                stores.open().remove(before);
            } else if (after != before) {
                stores.open().put(after);
            }
        }
    }

    private boolean more() {
        return left > 0 && System.nanoTime() - deadlineNanos < 0;
    }

    /** Where it stands now; {@code null} at its end. */
    private @Nullable OpenCommand walk(OpenCommand open, Instant now) {
        OpenCommand at = open;
        do {
            int most = Math.min(CHUNK, left);
            List<JobStore.Known> jobs = stores.jobs().next(open.command().userId(), at.after(), most);
            for (JobStore.Known job : jobs) {
                Answer answer = job.state() instanceof Scheduled pending
                                && !pending.memo().touchedAt().isAfter(open.readAt())
                        ? one(open, job.job(), pending, now)
                        : Answer.PASSED;
                if (answer == Answer.WAITS) {
                    return at;
                }
                at = at.at(job.job(), at.jobs() + (answer == Answer.APPLIED ? 1 : 0));
                left--;
            }
            if (jobs.size() < most) {
                end(at, now);
                return null;
            }
        } while (more());
        return at;
    }

    private Answer one(OpenCommand open, JobRef job, Scheduled pending, Instant now) {
        String operation = open.command().operation();
        if (operation != null) {
            byte[] payload =
                    stores.due().payload(pending.lane(job), pending.dueAt().toEpochMilli(), job);
            if (payload == null) {
                return open.readAt().plus(PATIENCE).isAfter(now) ? Answer.WAITS : Answer.PASSED;
            }
            if (!operation.equals(operationOf(payload))) {
                return Answer.PASSED;
            }
        }
        return apply(open, job, null, 0, Occasion.of(open.origin()), null, now);
    }

    /** {@code null} where it can't be read: its release will tell. */
    private @Nullable String operationOf(byte[] payload) {
        try {
            return reader.stored(topics.ready(), payload).getRetry().getOperation();
        } catch (RuntimeException e) {
            Mishap.of(e);
            return null;
        }
    }

    private @Nullable OpenCommand redrive(OpenCommand open, Instant now) {
        String userId = open.command().userId();
        OpenCommand at = open;
        do {
            int most = Math.min(CHUNK, left);
            List<Spent> kept = stores.spent().next(userId, at.after(), most);
            for (Spent spent : kept) {
                Answer answer = redrive(open, spent, now);
                if (answer == Answer.ENDS) {
                    end(at, now);
                    return null;
                }
                at = at.at(spent.job(), at.jobs() + (answer == Answer.APPLIED ? 1 : 0));
                left--;
            }
            if (kept.size() < most) {
                end(at, now);
                return null;
            }
        } while (more());
        return at;
    }

    private Answer redrive(OpenCommand open, Spent spent, Instant now) {
        JobRef job = spent.job();
        if (!stores.users().get(job.userId()).quota().available(now)) {
            return Answer.ENDS;
        }
        JobState state = stores.jobs().get(job);
        if (!(state instanceof DeadLettered dead)) {
            stores.spent().remove(job);
            return Answer.PASSED;
        }
        boolean later = spent.keptAt().isAfter(open.readAt());
        if (later || dead.memo().redriveIds().contains(open.command().commandId())) {
            return Answer.PASSED;
        }
        byte[] key = key(job);
        Decoded decoded = reader.keptFailure(topics.failures(), spent.failure(), now);
        Answer answer = Answer.PASSED;
        if (decoded instanceof Decoded.Read read
                && read.input() instanceof JobFailed failure
                && read.record() instanceof JobFailure record) {
            Origin from = open.origin();
            Origin origin = new Origin(from.topic(), from.partition(), from.offset(), record, null, from.commandId());
            answer = apply(open, job, failure, dead.memo().epoch(), Occasion.of(origin), spent.failure(), now);
        } else if (decoded instanceof Decoded.Unreadable unreadable) {
            quarantine.put(key, spent.failure(), unreadable.reason(), unreadable.message(), now);
        }
        stores.spent().remove(job);
        return answer;
    }

    private Answer apply(
            OpenCommand open,
            JobRef job,
            @Nullable JobFailed failure,
            int epoch,
            Occasion occasion,
            byte @Nullable [] payload,
            Instant now) {
        BulkCommand command = open.command();
        CommandIssued issued = new CommandIssued(command.commandId(), command.kind(), job, failure, epoch, false);
        try {
            return applied(steps.take(issued, occasion, now)) ? Answer.APPLIED : Answer.PASSED;
        } catch (RuntimeException e) {
            Mishap mishap = Mishap.of(e);
            outbox.clear();
            if (payload == null) {
                BulkEnded failed = new BulkEnded(command, mishap.reason().name(), 0);
                steps.take(failed, Occasion.of(open.origin()), now);
            } else {
                quarantine.put(key(job), payload, mishap.reason().name(), mishap.message(), now);
            }
            return Answer.PASSED;
        }
    }

    private static boolean applied(Step step) {
        return step.effects().stream()
                .anyMatch(effect -> effect instanceof Effect.Note note
                        && note.about() == Effect.About.COMMAND
                        && note.kind() != OutcomeKind.REJECTED);
    }

    /** A redrive that nobody gave is told only where it did something. */
    private void end(OpenCommand open, Instant now) {
        if (open.jobs() > 0 || open.command().kind() != CommandIssued.Kind.REDRIVE) {
            steps.take(new BulkEnded(open.command(), null, open.jobs()), Occasion.of(open.origin()), now);
        }
    }

    private static byte[] key(JobRef job) {
        return job.userId().getBytes(StandardCharsets.UTF_8);
    }
}
