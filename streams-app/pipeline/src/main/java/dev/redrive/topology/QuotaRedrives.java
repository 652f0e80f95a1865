package dev.redrive.topology;

import dev.redrive.codec.InputReader;
import dev.redrive.codec.OpenCommandCodec.OpenCommand;
import dev.redrive.codec.Origin;
import dev.redrive.domain.decide.DeadLetterReason;
import dev.redrive.domain.decide.StableIds;
import dev.redrive.domain.event.Input;
import dev.redrive.domain.event.Input.AccountChanged;
import dev.redrive.domain.event.Input.BulkCommand;
import dev.redrive.domain.event.Input.CommandIssued;
import dev.redrive.domain.event.JobRef;
import dev.redrive.domain.lifecycle.Effect;
import dev.redrive.domain.lifecycle.JobState;
import dev.redrive.domain.lifecycle.JobState.DeadLettered;
import dev.redrive.domain.lifecycle.OutcomeKind;
import dev.redrive.domain.lifecycle.State;
import dev.redrive.domain.lifecycle.Step;
import dev.redrive.domain.user.Quota;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the failures of jobs that were dead-lettered because their user had nothing left to spend, and opens a redrive of them
 * when the user can spend again: at an account change that says so, at the known instant of a reset, and at once where the
 * failure was older than the last of these. What is kept does not depend on whether its job is redriven by hand meanwhile: it
 * leaves with the dead letter.
 *
 * <p>The id of a redrive is a function of what opened it, so that each job is redriven once for each.
 */
final class QuotaRedrives {

    private final boolean enabled;
    private final TaskStores stores;
    private final InputReader reader;
    private final Map<String, Instant> resets = new HashMap<>();
    private final PriorityQueue<Reset> timers = new PriorityQueue<>();

    QuotaRedrives(boolean enabled, TaskStores stores, InputReader reader) {
        this.enabled = enabled;
        this.reader = reader;
        this.stores = stores;
        if (enabled) {
            stores.spent()
                    .users()
                    .forEach(userId -> expect(userId, stores.users().get(userId).quota()));
        }
    }

    /** When a user's allowance is filled; outdated where {@link #resets} says otherwise. */
    private record Reset(Instant at, String userId) implements Comparable<Reset> {
        @Override
        public int compareTo(Reset other) {
            return at.compareTo(other.at);
        }
    }

    /** The step, with an outcome that tells so where too much of the user is kept already. */
    Step told(Step step, State before, @Nullable JobRef job) {
        if (job == null
                || !keeps(before.job(), step.next().job())
                || !stores.spent().full(job.userId())) {
            return step;
        }
        List<Effect> effects = new ArrayList<>(step.effects());
        effects.add(new Effect.Note(
                Effect.About.COMMAND,
                step.next().job().endedAttempt(),
                OutcomeKind.REJECTED,
                "TOO_MANY_KEPT",
                null,
                null,
                null,
                null,
                null));
        return new Step(step.next(), effects);
    }

    private boolean keeps(JobState before, JobState after) {
        return enabled && !(before instanceof DeadLettered) && after instanceof DeadLettered dead && spent(dead);
    }

    private static boolean spent(DeadLettered dead) {
        return dead.reason() == DeadLetterReason.QUOTA_EXHAUSTED || dead.reason() == DeadLetterReason.SPEND_CAPPED;
    }

    /** A step was taken: keeps and forgets failures, and opens a redrive where the user can spend again. */
    void taken(Input input, State before, State after, @Nullable JobRef job, Occasion occasion, Instant now) {
        String userId = input.userId();
        boolean kept = false;
        if (job != null && keeps(before.job(), after.job()) && !stores.spent().full(userId)) {
            stores.spent().put(job, now, reader.kept(occasion.failure()));
            kept = true;
        } else if (job != null && before.job() instanceof DeadLettered && !(after.job() instanceof DeadLettered)) {
            stores.spent().remove(job);
        }
        Quota quota = after.user().quota();
        boolean news = input instanceof AccountChanged change
                && change.kind() != AccountChanged.Kind.LIMITS_CHANGED
                && !quota.equals(before.user().quota());
        if (!enabled || !kept && !news || !stores.spent().holds(userId)) {
            return;
        }
        if (!quota.available(now)) {
            expect(userId, quota);
        } else if (news) {
            Origin record = occasion.origin();
            open(userId, record, id(String.valueOf(record.topic()), record.partition() + "-" + record.offset()), now);
        } else {
            open(userId, Origin.TIMER, id(userId, String.valueOf(quota.learnedAt())), now);
        }
    }

    private static String id(String source, String detail) {
        return StableIds.uuid("quota-redrive", source, detail).toString();
    }

    private void expect(String userId, Quota quota) {
        Instant resetAt = quota.resetAt();
        if (quota.status() == Quota.Status.AVAILABLE || resetAt == null) {
            resets.remove(userId);
        } else if (!resetAt.equals(resets.put(userId, resetAt))) {
            timers.add(new Reset(resetAt, userId));
        }
    }

    /** Opens the redrives of users whose known reset has come; nothing is looked at before that. */
    void fire(Instant now) {
        while (!timers.isEmpty() && !timers.peek().at().isAfter(now)) {
            Reset reset = timers.remove();
            String userId = reset.userId();
            if (!resets.remove(userId, reset.at()) || !stores.spent().holds(userId)) {
                continue;
            }
            if (stores.users().get(userId).quota().available(now)) {
                open(userId, Origin.TIMER, id(userId, reset.at().toString()), now);
            }
        }
    }

    private void open(String userId, Origin cause, String commandId, Instant now) {
        OpenCommand earlier = stores.open().redriveOf(userId);
        Origin origin = new Origin(cause.topic(), cause.partition(), cause.offset(), null, null, commandId);
        BulkCommand command = new BulkCommand(commandId, CommandIssued.Kind.REDRIVE, userId, null);
        OpenCommand begun = OpenCommand.begin(command, origin, now);
        stores.open().put(earlier == null ? begun : begun.at(null, earlier.jobs()));
    }
}
