package dev.redrive.topology;

import dev.redrive.avro.RetryRequest;
import dev.redrive.codec.Origin;
import dev.redrive.codec.Origin.PayloadDigest;
import dev.redrive.codec.OutputWriter;
import dev.redrive.contract.HeaderNames;
import dev.redrive.domain.backlog.Backlog;
import dev.redrive.domain.backlog.Lane;
import dev.redrive.domain.decide.RetryPolicy.Tier;
import dev.redrive.domain.event.Input;
import dev.redrive.domain.event.Input.JobInput;
import dev.redrive.domain.event.Input.LeaseEnded;
import dev.redrive.domain.event.Input.RetryArrived;
import dev.redrive.domain.event.JobRef;
import dev.redrive.domain.lifecycle.Effect;
import dev.redrive.domain.lifecycle.JobState;
import dev.redrive.domain.lifecycle.JobState.Running;
import dev.redrive.domain.lifecycle.JobState.Scheduled;
import dev.redrive.domain.lifecycle.OutcomeKind;
import dev.redrive.domain.lifecycle.Pipeline;
import dev.redrive.domain.lifecycle.State;
import dev.redrive.domain.lifecycle.Step;
import dev.redrive.domain.stats.Windows.Part;
import dev.redrive.domain.user.Concurrency.Reporting;
import dev.redrive.domain.user.UserState;
import dev.redrive.state.LeaseStore;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;

/** Takes a step: loads the state, applies the input, encodes what follows, then stores and forwards it. */
final class StepWriter {

    private final Pipeline pipeline;
    private final TaskStores stores;
    private final OutputWriter writer;
    private final Outbox outbox;
    private final List<Tier> tiers;
    private final TaskSignals signals;
    private final PendingCount pending;
    private final Backlog backlog;
    private final QuotaRedrives redrives;

    /** Of the retry that the present step has encoded. */
    private long digest;

    StepWriter(
            Pipeline pipeline,
            TaskStores stores,
            OutputWriter writer,
            Outbox outbox,
            List<Tier> tiers,
            TaskSignals signals,
            PendingCount pending,
            Backlog backlog,
            QuotaRedrives redrives) {
        this.pipeline = pipeline;
        this.stores = stores;
        this.writer = writer;
        this.outbox = outbox;
        this.tiers = tiers;
        this.signals = signals;
        this.pending = pending;
        this.backlog = backlog;
        this.redrives = redrives;
    }

    /**
     * Takes one step. If it throws, nothing was stored and nothing forwarded.
     *
     * @param input what happened
     * @param occasion what it happened on
     * @param now the time
     * @return the step
     */
    Step take(Input input, Occasion occasion, Instant now) {
        JobRef job = input instanceof JobInput about ? about.job() : null;
        JobState jobState = job == null ? JobState.Unseen.INSTANCE : known(job);
        if (input instanceof RetryArrived arrived
                && jobState instanceof Scheduled pending
                && pending.differs(arrived)) {
            throw new DiffersException();
        }
        return take(input, occasion, job, jobState, stores.users().get(input.userId()), now);
    }

    /** A retry is not the one that its job waits for. */
    static final class DiffersException extends RuntimeException {

        private static final long serialVersionUID = 1L;

        private DiffersException() {
            super("the record is not the retry that was scheduled for this attempt", null, false, false);
        }
    }

    /** Whether a retry is the one that its job waits for. */
    boolean scheduled(RetryArrived arrived) {
        return stores.jobs().get(arrived.job()) instanceof Scheduled pending
                && pending.attempt() == arrived.attempt()
                && !pending.differs(arrived);
    }

    /**
     * Ends a lease that was taken out of the store. The job itself is looked up only where signs of life can have come;
     * else its state stays as it is, and is known not to be active by the lease that is not there any more.
     */
    void end(LeaseStore.Lease lease, Instant now) {
        JobRef job = lease.job();
        LeaseEnded ended = new LeaseEnded(job);
        Occasion timer = Occasion.of(Origin.TIMER);
        UserState user = stores.users().get(job.userId());
        if (user.concurrency().reporting() != Reporting.UNSEEN) {
            JobState known = stores.jobs().get(job);
            if (lease.endsAt().equals(known.memo().leaseEndsAt())) {
                take(ended, timer, job, known, user, now);
                return;
            }
        }
        take(ended, timer, null, Running.leased(lease.endsAt(), lease.service(), lease.released()), user, now);
    }

    /** The state of a job, which is not active where its lease has ended meanwhile. */
    private JobState known(JobRef job) {
        JobState state = stores.jobs().get(job);
        Instant leaseEndsAt = state.memo().leaseEndsAt();
        return leaseEndsAt == null || stores.leases().holds(job, leaseEndsAt)
                ? state
                : state.with(state.memo().idle());
    }

    private Step take(
            Input input, Occasion occasion, @Nullable JobRef job, JobState jobState, UserState user, Instant now) {
        String service = input instanceof JobInput about
                ? about.serviceOr(jobState.memo().service())
                : "";
        State before = new State(jobState, user, stores.services().get(service));
        Step step = redrives.told(pipeline.apply(before, input, now), before, job);
        outbox.clear();
        digest = Scheduled.NO_DIGEST;
        for (Effect effect : step.effects()) {
            encode(effect, input.userId(), job, occasion, now);
        }
        if (step.next().job() instanceof Scheduled pending && digest != Scheduled.NO_DIGEST) {
            State next = step.next();
            step = new Step(new State(pending.writtenAs(digest), next.user(), next.service()), step.effects());
        }
        store(before, step, input.userId(), job, service, occasion, now);
        redrives.taken(input, before, step.next(), job, occasion, now);
        outbox.forward();
        if (job != null) {
            pending.moved(job, before.job(), step.next().job());
        }
        signals.taken(input, before, step, now);
        return step;
    }

    private void encode(Effect effect, String userId, @Nullable JobRef job, Occasion occasion, Instant now) {
        byte[] key = userId.getBytes(StandardCharsets.UTF_8);
        long nowMs = now.toEpochMilli();
        if (effect instanceof Effect.Schedule schedule) {
            Tier tier = tier(schedule.decision().dueAt(), now);
            byte[] value = writer.scheduled(schedule, tier, occasion.origin(), now);
            digest = PayloadDigest.of(value);
            Headers headers = retryHeaders(
                    schedule.decision().idempotencyKey(),
                    schedule.attempt(),
                    occasion.origin().traceparent());
            outbox.add(NodeNames.toTier(tier), key, value, headers, nowMs);
        } else if (effect instanceof Effect.Release) {
            RetryRequest retry = occasion.requireRetry();
            Headers headers = retryHeaders(retry.getIdempotencyKey(), retry.getAttempt(), retry.getTraceparent());
            outbox.add(NodeNames.TO_READY, key, writer.released(retry), headers, nowMs);
        } else if (effect instanceof Effect.Bury bury) {
            RetryRequest retry = occasion.retry();
            String redriveId = retry == null ? bury.memo().redriveId() : retry.getRedriveId();
            Headers headers = new RecordHeaders();
            put(headers, HeaderNames.REASON, bury.decision().reason().name());
            byte[] value = writer.deadLetter(bury, occasion.failure(), redriveId, now);
            outbox.add(NodeNames.TO_DEAD_LETTERS, key, value, headers, nowMs);
        } else if (effect instanceof Effect.Note note) {
            Instant dueAt = note.dueAt();
            Tier tier = dueAt != null && note.kind() == OutcomeKind.SCHEDULED ? tier(dueAt, now) : null;
            String jobId = job == null ? null : job.jobId();
            byte[] value = writer.outcome(note, userId, jobId, tier, occasion.origin(), now);
            outbox.add(NodeNames.TO_OUTCOMES, key, value, nowMs);
        }
    }

    private void store(
            State before,
            Step step,
            String userId,
            @Nullable JobRef job,
            String service,
            Occasion occasion,
            Instant now) {
        State next = step.next();
        if (job != null && next.job() != before.job() && !(next.job() instanceof JobState.Unseen)) {
            stores.jobs().put(job, next.job());
            Instant leaseEndsAt = before.job().memo().leaseEndsAt();
            if (leaseEndsAt != null && !leaseEndsAt.equals(next.job().memo().leaseEndsAt())) {
                stores.leases().remove(job, leaseEndsAt);
            }
        }
        if (next.service() != before.service()) {
            stores.services().put(service, next.service());
        }
        if (next.user() != before.user()) {
            stores.users().put(userId, next.user());
        }
        for (Effect effect : step.effects()) {
            if (effect instanceof Effect.Lease lease) {
                boolean released = next.job() instanceof Running running && running.released();
                String leasedFor = next.job().memo().service();
                stores.leases().add(new LeaseStore.Lease(lease.job(), lease.endsAt(), leasedFor, released));
            } else if (effect instanceof Effect.Tally tally) {
                Part part = stores.windows().part(tally.count(), now);
                stores.sums().add(part);
                if (part.late()) {
                    signals.late(part.kind());
                }
            } else {
                queue(effect, occasion);
            }
        }
        if (next.user() != before.user()) {
            backlog.wake(userId, now);
        }
    }

    private void queue(Effect effect, Occasion occasion) {
        if (effect instanceof Effect.Enqueue enqueue) {
            enqueue(enqueue.lane(), enqueue.job(), enqueue.dueAt(), occasion.requirePayload());
        } else if (effect instanceof Effect.Dequeue dequeue) {
            dequeue(dequeue.lane(), dequeue.job(), dequeue.dueAt());
        } else if (effect instanceof Effect.Requeue requeue) {
            byte[] payload = stores.due().payload(requeue.lane(), requeue.from().toEpochMilli(), requeue.job());
            if (payload != null) {
                dequeue(requeue.lane(), requeue.job(), requeue.from());
                enqueue(requeue.lane(), requeue.job(), requeue.to(), payload);
            }
        }
    }

    private void enqueue(Lane lane, JobRef job, Instant dueAt, byte[] payload) {
        stores.due().add(lane, dueAt.toEpochMilli(), job, payload);
        backlog.add(lane, dueAt.toEpochMilli(), job.jobId());
    }

    /** Takes a retry out of the queue. */
    void dequeue(Lane lane, JobRef job, Instant dueAt) {
        stores.due().remove(lane, dueAt.toEpochMilli(), job);
        backlog.remove(lane, dueAt.toEpochMilli(), job.jobId());
    }

    private Tier tier(Instant dueAt, Instant now) {
        return Tier.covering(Duration.between(now, dueAt), tiers);
    }

    private static Headers retryHeaders(String idempotencyKey, int attempt, @Nullable String traceparent) {
        Headers headers = new RecordHeaders();
        put(headers, HeaderNames.IDEMPOTENCY_KEY, idempotencyKey);
        put(headers, HeaderNames.RETRY_ATTEMPT, Integer.toString(attempt));
        if (traceparent != null) {
            put(headers, HeaderNames.TRACEPARENT, traceparent);
        }
        return headers;
    }

    private static void put(Headers headers, String name, String value) {
        headers.add(name, value.getBytes(StandardCharsets.UTF_8));
    }
}
