package dev.redrive.domain.engine;

import dev.redrive.domain.decide.DeadLetterReason;
import dev.redrive.domain.decide.StableIds;
import dev.redrive.domain.engine.Ports.CommandProgress;
import dev.redrive.domain.engine.Ports.Source;
import dev.redrive.domain.event.Input;
import dev.redrive.domain.event.Input.AccountChanged;
import dev.redrive.domain.event.Input.BulkCommand;
import dev.redrive.domain.event.Input.JobCommand;
import dev.redrive.domain.event.Input.JobMoved;
import dev.redrive.domain.event.JobRef;
import dev.redrive.domain.lifecycle.Effect;
import dev.redrive.domain.lifecycle.Effect.OutcomeKind;
import dev.redrive.domain.lifecycle.JobState;
import dev.redrive.domain.lifecycle.JobState.DeadLettered;
import dev.redrive.domain.lifecycle.Pipeline.State;
import dev.redrive.domain.lifecycle.Pipeline.Step;
import dev.redrive.domain.user.Quota;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the failures of jobs that were dead-lettered for lack of allowance, and opens a redrive of them when the user
 * can spend again: at such an account change, at the known instant of a reset, when the API accepted a probe, and at once if the failure is older than
 * the last of these. A failure is kept until its job leaves the dead letters for any reason.
 *
 * <p>The id of a redrive is a function of its cause, so that each cause redrives a job once.
 */
final class QuotaRedrives<C> {

    private final boolean enabled;
    private final Ports<C> ports;
    private final Map<String, Instant> resets = new HashMap<>();
    private final PriorityQueue<Reset> timers = new PriorityQueue<>();

    QuotaRedrives(boolean enabled, Ports<C> ports) {
        this.enabled = enabled;
        this.ports = ports;
        if (enabled) {
            for (String userId : ports.kept().users()) {
                expect(userId, ports.users().get(userId).quota());
            }
        }
    }

    /** When a user's allowance resets; outdated if {@link #resets} has another instant. */
    private record Reset(Instant at, String userId) implements Comparable<Reset> {
        @Override
        public int compareTo(Reset other) {
            return at.compareTo(other.at);
        }
    }

    /** Returns the step, with an additional outcome if the user has the max number of kept failures. */
    Step withRefusal(Step step, State before, @Nullable JobRef job) {
        if (job == null
                || !keeps(before.job(), step.next().job())
                || !ports.kept().full(job.userId())) {
            return step;
        }
        List<Effect> effects = new ArrayList<>(step.effects());
        effects.add(Effect.Note.of(
                Effect.About.COMMAND, step.next().job().endedAttempt(), OutcomeKind.REJECTED, "TOO_MANY_KEPT"));
        return new Step(step.next(), effects);
    }

    private boolean keeps(JobState before, JobState after) {
        return enabled && !(before instanceof DeadLettered) && after instanceof DeadLettered dead && spent(dead);
    }

    private static boolean spent(DeadLettered dead) {
        return dead.reason() == DeadLetterReason.QUOTA_EXHAUSTED || dead.reason() == DeadLetterReason.SPEND_CAPPED;
    }

    /** Keeps and removes failures after a step, and opens a redrive if the user can spend again. */
    void follow(Input input, State before, State after, @Nullable JobRef job, C context, Instant now) {
        String userId = input.userId();
        boolean kept = false;
        if (job != null && keeps(before.job(), after.job()) && !ports.kept().full(userId)) {
            ports.kept().keep(job, context, now);
            kept = true;
        } else if (job != null && before.job() instanceof DeadLettered && !(after.job() instanceof DeadLettered)) {
            ports.kept().remove(job);
        }
        Quota quota = after.user().quota();
        boolean news = input instanceof AccountChanged change
                && change.kind() != AccountChanged.Kind.LIMITS_CHANGED
                && !quota.equals(before.user().quota());
        boolean probed = input instanceof JobMoved
                && before.user().quota().probing()
                && !quota.probing()
                && quota.available(now);
        if (!enabled || !kept && !news && !probed || !ports.kept().contains(userId)) {
            return;
        }
        if (!quota.available(now)) {
            expect(userId, quota);
        } else if (news || probed) {
            Source source = ports.outputs().source(context);
            open(userId, source, id(String.valueOf(source.topic()), source.partition() + "-" + source.offset()), now);
        } else {
            open(userId, Source.TIMER, id(userId, String.valueOf(quota.learnedAt())), now);
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

    /** Opens the redrives of users whose known reset has passed; costs nothing before that. */
    void fire(Instant now) {
        while (!timers.isEmpty() && !timers.peek().at().isAfter(now)) {
            Reset reset = timers.remove();
            String userId = reset.userId();
            if (!resets.remove(userId, reset.at()) || !ports.kept().contains(userId)) {
                continue;
            }
            if (ports.users().get(userId).quota().available(now)) {
                open(userId, Source.TIMER, id(userId, reset.at().toString()), now);
            }
        }
    }

    private void open(String userId, Source cause, String commandId, Instant now) {
        CommandProgress earlier = ports.commands().redriveOf(userId);
        BulkCommand command = new BulkCommand(commandId, JobCommand.Kind.REDRIVE, userId, null);
        CommandProgress begun = CommandProgress.begin(command, cause, now);
        ports.commands().put(earlier == null ? begun : begun.at(null, earlier.jobs()));
    }
}
