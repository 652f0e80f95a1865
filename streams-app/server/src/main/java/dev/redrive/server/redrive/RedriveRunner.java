package dev.redrive.server.redrive;

import dev.redrive.avro.Command;
import dev.redrive.avro.CommandKind;
import dev.redrive.avro.DeadLetter;
import dev.redrive.avro.JobFailure;
import dev.redrive.avro.Redrive;
import dev.redrive.contract.TopicNames;
import dev.redrive.server.index.Filter.FilterException;
import dev.redrive.server.index.LetterPayloads;
import dev.redrive.server.index.RedriveCommandId;
import dev.redrive.server.index.RedriveIndex;
import dev.redrive.server.index.RedriveIndex.Member;
import dev.redrive.server.index.RedriveIndex.Stored;
import dev.redrive.server.redrive.Pace.Decision;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/**
 * Carries out the redrives of one partition of their topic: writes the commands of each at its rate, and its progress
 * in the same transaction, so that each letter's command is written exactly once, whatever instance ends when. Another
 * instance that takes the partition over fences this one off, by its transactional id. Used by one thread.
 */
final class RedriveRunner implements AutoCloseable {

    /** Commands of one transaction, at most; a second's at the highest rate are several transactions. */
    private static final int MAX_BATCH = 500;

    private final Producer<String, SpecificRecord> producer;
    private final long begin;
    private final RedriveIndex index;
    private final LetterPayloads payloads;
    private final TopicNames names;
    private final LongSupplier clock;
    private final Map<String, Work> works = new HashMap<>();

    /** A redrive that this instance carries out: its progress, which no other instance writes. */
    private static final class Work {
        private Redrive progress;
        private final Pace pace;

        Work(Redrive progress, Pace pace) {
            this.progress = progress;
            this.pace = pace;
        }
    }

    /**
     * Creates a runner.
     *
     * @param producer transactional, with the partition's own id, initialized; it is closed with the runner
     * @param begin end of the partition after the runner before was fenced off
     * @param clock epoch milliseconds
     */
    RedriveRunner(
            Producer<String, SpecificRecord> producer,
            long begin,
            RedriveIndex index,
            LetterPayloads payloads,
            TopicNames names,
            LongSupplier clock) {
        this.producer = producer;
        this.index = index;
        this.payloads = payloads;
        this.names = names;
        this.clock = clock;
        this.begin = begin;
    }

    /** Returns the offset that the index must have reached in the partition before the first step. */
    long begin() {
        return begin;
    }

    /** Carries on with one redrive, by its last decision; returns whether there was something to write. */
    boolean step(Stored stored) {
        Redrive control = stored.control();
        Work work = works.get(control.getRedriveId());
        Redrive progress = work == null ? stored.progress() : work.progress;
        RedriveState state = RedriveState.of(control, progress);
        if (!(state instanceof RedriveState.Running)) {
            // The index may be behind: what it does not have yet must not be begun again.
            if (work != null && work.progress.equals(stored.progress())) {
                works.remove(control.getRedriveId());
            }
            return false;
        }
        long now = clock.getAsLong();
        if (work == null) {
            work = new Work(begin(control, progress), new Pace(control, now));
            works.put(control.getRedriveId(), work);
        }
        if (work.progress.getRevision() != control.getRevision()) {
            work.progress = resumed(control, work.progress);
        }
        Decision decision = work.pace.decide(work.progress, index.counts(control.getRedriveId()), now);
        if (decision instanceof Decision.Halt halt) {
            end(work, "HALTED", halt.why(), now);
            return true;
        }
        return decision instanceof Decision.Release release
                && release(work, control, Math.min(MAX_BATCH, release.max()), now);
    }

    private static Redrive begin(Redrive control, @Nullable Redrive progress) {
        return progress != null
                ? progress
                : Redrive.newBuilder(control)
                        .setState("RUNNING")
                        .setLetterIds(ByteBuffer.allocate(0))
                        .setCutoffs(List.of())
                        .setExcludedUsers(List.of())
                        .build();
    }

    /** Whoever resumes a halted redrive decides that its canary counts as passed. */
    private static Redrive resumed(Redrive control, Redrive progress) {
        return Redrive.newBuilder(progress)
                .setState("RUNNING")
                .setRevision(control.getRevision())
                .setCanaryPassed(
                        progress.getCanaryPassed() || progress.getState().equals("HALTED"))
                .setHalt(null)
                .build();
    }

    private boolean release(Work work, Redrive control, int max, long now) {
        List<Member> members;
        try {
            members = index.next(control, work.progress.getPosition(), work.progress.getPositionAtMs(), max);
        } catch (FilterException e) {
            throw new IllegalStateException("a filter does not parse its own text: " + control.getFilter(), e);
        }
        if (members.isEmpty()) {
            end(work, "DONE", null, now);
            return true;
        }
        Map<Long, DeadLetter> letters =
                payloads.read(members.stream().map(Member::position).toList());
        List<Command> commands = new ArrayList<>();
        for (Member member : members) {
            commands.add(command(control, member, letters.get(member.position()), now));
        }
        Member last = members.get(members.size() - 1);
        Redrive next = Redrive.newBuilder(work.progress)
                .setIssued(work.progress.getIssued() + members.size())
                .setPosition(last.order())
                .setPositionAtMs(last.deadLetteredAtMs())
                .setCanaryPassed(work.progress.getCanaryPassed() || work.pace.canaryPassed())
                .build();
        write(commands, next);
        work.progress = next;
        work.pace.released(members.size());
        return true;
    }

    private void end(Work work, String state, @Nullable String why, long now) {
        Redrive next = Redrive.newBuilder(work.progress)
                .setState(state)
                .setHalt(why)
                .setEndedAt(state.equals("DONE") ? Instant.ofEpochMilli(now) : null)
                .build();
        write(List.of(), next);
        work.progress = next;
    }

    private void write(List<Command> commands, Redrive progress) {
        producer.beginTransaction();
        boolean committed = false;
        try {
            for (Command command : commands) {
                producer.send(new ProducerRecord<>(names.commands(), command.getUserId(), command));
            }
            producer.send(new ProducerRecord<>(
                    names.redrives(),
                    partition(progress.getRedriveId()),
                    progress.getRedriveId() + RedriveIndex.PROGRESS,
                    progress));
            producer.commitTransaction();
            committed = true;
        } finally {
            if (!committed) {
                abort();
            }
        }
    }

    private void abort() {
        try {
            producer.abortTransaction();
        } catch (RuntimeException e) {
            // The failure that led here is thrown; this producer is of no use any more and is closed.
            works.clear();
        }
    }

    /** Decisions and progress of a redrive are in one partition, though their keys differ. */
    private int partition(String redriveId) {
        return RedriveService.partition(
                redriveId, producer.partitionsFor(names.redrives()).size());
    }

    private static Command command(Redrive control, Member member, @Nullable DeadLetter letter, long now) {
        boolean discard = control.getAction().equals("DISCARD");
        Command.Builder command = Command.newBuilder()
                .setCommandId(RedriveCommandId.of(control.getRedriveId(), member.letterId()))
                .setKind(discard ? CommandKind.DISCARD : CommandKind.REDRIVE)
                .setUserId(member.userId())
                .setJobId(member.jobId())
                .setIssuedBy(control.getStartedBy() == null ? control.getActor() : control.getStartedBy())
                .setReason(control.getReason())
                .setOverride(control.getOverride())
                .setIssuedAt(Instant.ofEpochMilli(now));
        if (letter != null) {
            command.setEpoch(letter.getEpoch()).setDeadLetter(failure(letter));
        }
        return command.build();
    }

    /** Returns the failure as the command carries it: with the attempt and the key that the letter has. */
    static JobFailure failure(DeadLetter letter) {
        return JobFailure.newBuilder(letter.getFailure())
                .setAttempt(letter.getAttempt())
                .setIdempotencyKey(letter.getIdempotencyKey())
                .build();
    }

    @Override
    public void close() {
        producer.close(Duration.ofSeconds(2));
    }
}
