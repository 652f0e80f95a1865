package dev.redrive.dev;

import dev.redrive.sim.ApiAnswer;
import dev.redrive.sim.ApiAnswer.NoResponse;
import dev.redrive.sim.ApiAnswer.Response;
import dev.redrive.sim.ApiBehaviour;
import dev.redrive.sim.ApiErrors;
import dev.redrive.sim.ApiUser;
import dev.redrive.sim.Dice;
import dev.redrive.sim.Faults;
import dev.redrive.sim.Reply;
import dev.redrive.sim.ReplyKind;
import dev.redrive.sim.Service;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A platform API of asynchronous generation jobs as one would meet it: concurrency and rate limits, allowances, wrong
 * input, lost responses, jobs that fail after they were accepted, and idempotency keys that are honoured.
 *
 * <p>The same seed, calls and times give the same answers. Time only comes in with calls and must not step back. It
 * remembers at most 100 000 users, keys and jobs, the latest used. May be used by many threads.
 */
final class SimulatedApi {

    private static final int MOST_REMEMBERED = 100_000;
    private static final int MOST_ACTIVE = 100_000;

    private final ApiBehaviour behaviour;
    private final Faults faults;
    private final Dice dice;
    private final RecentMap<String, ApiUser> users = new RecentMap<>(MOST_REMEMBERED);
    private final RecentMap<String, String> requestIdByKey = new RecentMap<>(MOST_REMEMBERED);
    private final RecentMap<String, Run> lastRunByJob = new RecentMap<>(MOST_REMEMBERED);
    private final RecentMap<String, Ended> endedById = new RecentMap<>(MOST_REMEMBERED);
    private final PriorityQueue<Run> active = new PriorityQueue<>(Comparator.comparing(Run::endsAt));
    private final Collisions collisions = new Collisions();
    private long startMs = -1;
    private long calls;
    private long accepted;
    private long replayed;
    private long doubleExecutions;

    SimulatedApi(long seed, ApiBehaviour behaviour) {
        this.dice = new Dice(seed);
        this.behaviour = behaviour;
        this.faults = behaviour.faults();
    }

    /** A job that was accepted. */
    private record Run(ApiCall call, String requestId, ApiUser user, Instant endsAt, boolean failing) {}

    /**
     * An accepted job that has ended.
     *
     * @param call the call that it was accepted for
     * @param requestId its id
     * @param errorMessage why it failed; {@code null} when it completed
     * @param at when
     */
    record Ended(ApiCall call, String requestId, @Nullable String errorMessage, Instant at) {}

    /**
     * What happened so far.
     *
     * @param calls calls that were made
     * @param accepted jobs that were accepted and so executed
     * @param replayed calls answered with the job that was accepted before under the same key
     * @param doubleExecutions executions of a job that ran already and had not failed; with keys there are none
     * @param active jobs that run now
     * @param seen how well retries kept to limits
     */
    record Counts(long calls, long accepted, long replayed, long doubleExecutions, int active, Collisions.Seen seen) {}

    synchronized Counts counts() {
        return new Counts(calls, accepted, replayed, doubleExecutions, active.size(), collisions.seen());
    }

    /** Jobs that have ended by now, in the order of their end, as webhooks would tell; each is told once. */
    synchronized List<Ended> ended(Instant now, int most) {
        List<Ended> ended = new ArrayList<>();
        while (ended.size() < most) {
            Run run = active.peek();
            if (run == null || run.endsAt().isAfter(now)) {
                break;
            }
            active.remove();
            run.user().jobEnded();
            String error = run.failing() ? "provider returned no audio" : null;
            if (run.failing()) {
                lastRunByJob.remove(jobOf(run.call()));
            }
            Ended end = new Ended(run.call(), run.requestId(), error, run.endsAt());
            endedById.put(run.requestId(), end);
            ended.add(end);
        }
        return ended;
    }

    /** How an accepted job ended, as polling would tell; {@code null} while it runs or its end was not told yet. */
    synchronized @Nullable Ended end(String requestId) {
        return endedById.get(requestId);
    }

    synchronized ApiAnswer call(ApiCall call, Instant now) {
        long occasion = calls++;
        double loss = dice.roll("loss", jobOf(call), occasion);
        if (loss < faults.lost() / 2) {
            return new NoResponse(false, "Connection reset");
        }
        Response response = execute(call, now, occasion);
        return response.requestId() != null && loss < faults.lost()
                ? new NoResponse(true, "no response within 30 s")
                : response;
    }

    private Response execute(ApiCall call, Instant now, long occasion) {
        ApiUser user = users.computeIfAbsent(call.userId(), id -> behaviour.newUser(dice, id, startMs(now)));
        Response refused = refusedForever(call);
        if (refused != null) {
            return refused;
        }
        String key = call.idempotencyKey();
        String before = key == null ? null : requestIdByKey.get(keyOf(call, key));
        if (before != null) {
            replayed++;
            return accepted(call, before, Map.of());
        }
        return refused(call, user, now, occasion);
    }

    private Response refused(ApiCall call, ApiUser user, Instant now, long occasion) {
        if (dice.roll("spend cap", call.userId(), 0) < faults.spendCapped()) {
            return ApiErrors.plain(402, "SPENDING_LIMIT_EXCEEDED", "The spend cap of this account is reached.");
        }
        Service service = Service.of(call.service());
        long nowMs = now.toEpochMilli();
        ReplyKind kind = behaviour.out(nowMs - startMs(now)) ? ReplyKind.UNAVAILABLE : user.call(service, nowMs);
        double broken = dice.roll("server", jobOf(call), occasion);
        if (kind == ReplyKind.ACCEPTED && broken < faults.internalError()) {
            kind = ReplyKind.INTERNAL_ERROR;
        }
        Reply reply = user.reply(kind, service, nowMs);
        collisions.called(call.userId(), call.attempt() > 1, reply);
        if (kind != ReplyKind.ACCEPTED) {
            return ApiErrors.of(reply, call.service());
        }
        double mixed = broken - faults.internalError();
        if (mixed < faults.mixedServerError() || active.size() >= MOST_ACTIVE) {
            return ApiErrors.server(mixed / faults.mixedServerError());
        }
        return accept(call, user, reply.headers(call.service()), now, occasion);
    }

    /** The start is the first call. */
    private long startMs(Instant now) {
        if (startMs < 0) {
            startMs = now.toEpochMilli();
        }
        return startMs;
    }

    private Response accept(ApiCall call, ApiUser user, Map<String, String> headers, Instant now, long occasion) {
        String requestId = new UUID(
                        Double.doubleToLongBits(dice.roll("id high", jobOf(call), occasion)),
                        Double.doubleToLongBits(dice.roll("id low", jobOf(call), occasion)))
                .toString();
        long takesMs = behaviour.jobMs(dice.roll("length", jobOf(call), occasion));
        boolean failing = dice.roll("async", jobOf(call), occasion) < faults.asyncFailure();
        Run run = new Run(call, requestId, user, now.plusMillis(takesMs), failing);
        if (lastRunByJob.put(jobOf(call), run) != null) {
            doubleExecutions++;
        }
        String key = call.idempotencyKey();
        if (key != null) {
            requestIdByKey.put(keyOf(call, key), requestId);
        }
        user.jobStarted();
        active.add(run);
        accepted++;
        return accepted(call, requestId, headers);
    }

    private @Nullable Response refusedForever(ApiCall call) {
        if (dice.roll("credential", call.userId(), 0) < faults.badCredential()) {
            return ApiErrors.plain(401, "UNAUTHORIZED", "The API key is not valid.");
        }
        if (dice.roll("scope", call.userId() + "/" + call.service(), 0) < faults.missingScope()) {
            return ApiErrors.plain(403, "FORBIDDEN", "The API key lacks the scope " + call.service() + ":write.");
        }
        double input = dice.roll("input", jobOf(call), 0);
        return input < faults.badInput() ? ApiErrors.badInput(input / faults.badInput()) : null;
    }

    private static Response accepted(ApiCall call, String requestId, Map<String, String> headers) {
        return new Response(
                202,
                new HashMap<>(headers),
                "{\"success\":true,\"data\":{\"request_id\":\"" + requestId
                        + "\",\"status\":\"accepted\",\"operation\":\"" + call.operation() + "\"}}",
                requestId);
    }

    private static String jobOf(ApiCall call) {
        return call.userId().length() + ":" + call.userId() + call.jobId();
    }

    private static String keyOf(ApiCall call, String key) {
        return call.userId().length() + ":" + call.userId() + key;
    }
}
