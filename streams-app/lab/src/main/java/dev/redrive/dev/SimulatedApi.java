package dev.redrive.dev;

import dev.redrive.dev.JobSource.Attempt;
import dev.redrive.dev.SummaryModel.RecentMap;
import dev.redrive.sim.ApiAnswer;
import dev.redrive.sim.ApiAnswer.NoResponse;
import dev.redrive.sim.ApiAnswer.Response;
import dev.redrive.sim.ApiBehaviour;
import dev.redrive.sim.ApiBehaviour.Faults;
import dev.redrive.sim.ApiUser;
import dev.redrive.sim.Dice;
import dev.redrive.sim.Reply;
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
 * A realistic platform API of asynchronous generation jobs: concurrency and rate limits, allowances, invalid input,
 * lost responses, jobs that fail after acceptance, and support for idempotency keys.
 *
 * <p>The same seed, calls and times give the same answers. Time is passed in with calls and must not decrease. It keeps
 * max. 100 000 users, keys and jobs, the most recently used. Thread-safe.
 */
final class SimulatedApi {

    private static final int MAX_REMEMBERED = 100_000;
    private static final int MAX_ACTIVE = 100_000;

    private final ApiBehaviour behaviour;
    private final Faults faults;
    private final Dice dice;
    private final RecentMap<String, ApiUser> users = new RecentMap<>(MAX_REMEMBERED);
    private final RecentMap<String, String> requestIdByKey = new RecentMap<>(MAX_REMEMBERED);
    private final RecentMap<String, Run> lastRunByJob = new RecentMap<>(MAX_REMEMBERED);
    private final RecentMap<String, Ended> endedById = new RecentMap<>(MAX_REMEMBERED);
    private final PriorityQueue<Run> active = new PriorityQueue<>(Comparator.comparing(Run::endsAt));
    private long startMs = -1;
    private long calls;
    private long accepted;
    private long replayed;
    private long doubleExecutions;

    SimulatedApi(long seed, ApiBehaviour behaviour) {
        this.dice = new Dice(seed);
        this.behaviour = behaviour.drawn(dice);
        this.faults = behaviour.faults();
    }

    private record Run(Attempt call, String requestId, ApiUser user, Instant endsAt, boolean failing) {}

    /**
     * An accepted job that has ended.
     *
     * @param errorMessage why it failed; {@code null} when it completed
     */
    record Ended(Attempt call, String requestId, @Nullable String errorMessage, Instant at) {}

    /**
     * Counts so far.
     *
     * @param accepted jobs that were accepted and therefore executed
     * @param replayed calls answered with the job accepted earlier under the same key
     * @param doubleExecutions repeated executions of a job that had not failed; 0 with keys
     */
    record Counts(long calls, long accepted, long replayed, long doubleExecutions, int active) {}

    synchronized Counts counts() {
        return new Counts(calls, accepted, replayed, doubleExecutions, active.size());
    }

    /** Returns jobs that have ended by now, in order of their end, like webhooks; each is returned once. */
    synchronized List<Ended> ended(Instant now, int max) {
        List<Ended> ended = new ArrayList<>();
        while (ended.size() < max) {
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

    /** Returns how an accepted job ended, like polling; {@code null} until {@link #ended} has returned it. */
    synchronized @Nullable Ended end(String requestId) {
        return endedById.get(requestId);
    }

    synchronized ApiAnswer call(Attempt call, Instant now) {
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

    private Response execute(Attempt call, Instant now, long occasion) {
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

    private Response refused(Attempt call, ApiUser user, Instant now, long occasion) {
        if (dice.roll("spend cap", call.userId(), 0) < faults.spendCapped()) {
            return ApiAnswer.plain(402, "SPENDING_LIMIT_EXCEEDED", "The spend cap of this account is reached.");
        }
        Service service = Service.of(call.service());
        long nowMs = now.toEpochMilli();
        Reply.Kind kind =
                behaviour.out(service, nowMs - startMs(now)) ? Reply.Kind.UNAVAILABLE : user.call(service, nowMs);
        double broken = dice.roll("server", jobOf(call), occasion);
        if (kind == Reply.Kind.ACCEPTED && broken < faults.internalError()) {
            kind = Reply.Kind.INTERNAL_ERROR;
        }
        Reply reply = user.reply(kind, service, nowMs, behaviour.hints());
        if (kind != Reply.Kind.ACCEPTED) {
            return ApiAnswer.of(reply, call.service());
        }
        double mixed = broken - faults.internalError();
        if (mixed < faults.mixedServerError() || active.size() >= MAX_ACTIVE) {
            return ApiAnswer.server(mixed / faults.mixedServerError());
        }
        return accept(call, user, reply.headers(call.service()), now, occasion);
    }

    /** Returns the start time: that of the first call. */
    private long startMs(Instant now) {
        if (startMs < 0) {
            startMs = now.toEpochMilli();
        }
        return startMs;
    }

    private Response accept(Attempt call, ApiUser user, Map<String, String> headers, Instant now, long occasion) {
        String requestId = new UUID(
                        Double.doubleToLongBits(dice.roll("id high", jobOf(call), occasion)),
                        Double.doubleToLongBits(dice.roll("id low", jobOf(call), occasion)))
                .toString();
        long takesMs = behaviour.jobMs(dice.roll("length", jobOf(call), occasion), now.toEpochMilli() - startMs(now));
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

    private @Nullable Response refusedForever(Attempt call) {
        if (dice.roll("credential", call.userId(), 0) < faults.badCredential()) {
            return ApiAnswer.plain(401, "UNAUTHORIZED", "The API key is not valid.");
        }
        if (dice.roll("scope", call.userId() + "/" + call.service(), 0) < faults.missingScope()) {
            return ApiAnswer.plain(403, "FORBIDDEN", "The API key lacks the scope " + call.service() + ":write.");
        }
        double input = dice.roll("input", jobOf(call), 0);
        return input < faults.badInput() ? ApiAnswer.badInput(input / faults.badInput()) : null;
    }

    private static Response accepted(Attempt call, String requestId, Map<String, String> headers) {
        return new Response(
                202,
                new HashMap<>(headers),
                "{\"success\":true,\"data\":{\"request_id\":\"" + requestId
                        + "\",\"status\":\"accepted\",\"operation\":\"" + call.operation() + "\"}}",
                requestId);
    }

    private static String jobOf(Attempt call) {
        return call.userId().length() + ":" + call.userId() + call.jobId();
    }

    private static String keyOf(Attempt call, String key) {
        return call.userId().length() + ":" + call.userId() + key;
    }
}
