package dev.redrive.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.avro.AccountChange;
import dev.redrive.avro.AccountChangeKind;
import dev.redrive.avro.Command;
import dev.redrive.avro.CommandKind;
import dev.redrive.avro.JobLifecycle;
import dev.redrive.avro.LifecycleStage;
import dev.redrive.avro.Outcome;
import dev.redrive.avro.RetryRequest;
import dev.redrive.topology.GateInputs;
import dev.redrive.topology.PipelineHarness;
import dev.redrive.topology.PipelineHarness.Out;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A pipeline with its gates, a few jobs in it, and for each user a replay that its releases are held against. */
final class GatesWorld implements AutoCloseable {

    /** Places that jobs take one after the other; two users share them, each with two services. */
    static final int PLACES = 8;

    private static final int USERS = 2;
    private static final Duration MAX_HOLD = Duration.ofHours(2);
    private static final Duration LONG_STEP = Duration.ofMinutes(10);
    private static final int LONG_STEPS = 60;
    private static final Map<String, String> SETTINGS = Map.of(
            "REDRIVE_GATES__MAX_HOLD", "2h",
            "REDRIVE_RETRY__MAX_PARK", "2h",
            "REDRIVE_RETRY__BEYOND_MAX_DELAY", "DEAD_LETTER",
            "REDRIVE_QUOTA__DISPOSITION", "PARK",
            "REDRIVE_USERS__ACTIVE_LEASE", "30m");

    /** What happens; what the number says differs. */
    enum Kind {
        /** Limit of the user. */
        BUSY,
        /** Seconds of Retry-After, 0 for none. */
        THROTTLED,
        /** Seconds until the reset, 0 where it is not known. */
        SPENT,
        /** The same. */
        CAPPED,
        UNAVAILABLE,
        AGAIN,
        ALIVE,
        SUCCEED,
        CANCEL,
        EXPEDITE,
        ALLOWANCE_RESET,
        PLAN_CHANGED,
        SPEND_CAP_CHANGED,
        /** The new limit. */
        LIMITS_CHANGED,
        /** Milliseconds in which every timer fires when it would. */
        WAIT,
        /** Milliseconds in which every timer fires once. */
        LEAP,
        RESTART
    }

    /** One thing that happens to the job at a place. */
    record Act(Kind kind, int place, int number) {}

    private final PipelineHarness pipeline;
    private final GateInputs api;
    private final List<Place> places = new ArrayList<>();
    private final List<GatesReplay> users = new ArrayList<>();
    private int commands;

    GatesWorld(Path stateDir) {
        pipeline = new PipelineHarness(stateDir, SETTINGS);
        api = new GateInputs(pipeline);
        for (int place = 0; place < PLACES; place++) {
            places.add(new Place(place, USERS));
        }
        for (int user = 0; user < USERS; user++) {
            users.add(new GatesReplay());
            pipeline.publish(pipeline.event("u" + user, "first", 1, LifecycleStage.SUCCEEDED));
        }
        pipeline.outcomes();
    }

    private GatesReplay user(Place place) {
        return users.get(place.number() % USERS);
    }

    void play(Act act) {
        Place place = places.get(act.place());
        switch (act.kind()) {
            case BUSY, THROTTLED, SPENT, CAPPED, UNAVAILABLE -> fail(place, act);
            case AGAIN -> again(place);
            case ALIVE, SUCCEED -> move(place, act.kind());
            case CANCEL, EXPEDITE -> issue(place, act.kind());
            case ALLOWANCE_RESET, PLAN_CHANGED, SPEND_CAP_CHANGED, LIMITS_CHANGED -> account(place, act);
            case WAIT -> {
                pipeline.advance(Duration.ofMillis(act.number()));
                timePassed();
            }
            case LEAP -> {
                pipeline.leap(Duration.ofMillis(act.number()));
                timePassed();
            }
            case RESTART -> pipeline.restart();
        }
    }

    private void fail(Place place, Act act) {
        GatesReplay user = user(place);
        if (user.pending(place.job())) {
            return;
        }
        int attempt = Math.max(1, place.attempt);
        Instant now = pipeline.now();
        Instant resetAt = act.number() == 0 ? null : now.plusSeconds(act.number());
        user.idle(place.job());
        if (act.kind() == Kind.BUSY) {
            pipeline.publish(api.busyFailure(place.user, place.job(), attempt, act.number(), act.number())
                    .setService(place.service)
                    .build());
            user.limit(act.number());
        } else if (act.kind() == Kind.THROTTLED) {
            Map<String, String> headers =
                    resetAt == null ? Map.of() : Map.of("Retry-After", Integer.toString(act.number()));
            api.throttled(place.user, place.service, place.job(), attempt, headers);
            if (resetAt != null) {
                user.closed(place.service, resetAt);
            }
        } else if (act.kind() == Kind.UNAVAILABLE) {
            api.unavailable(place.user, place.service, place.job(), attempt);
        } else {
            noMoney(place, attempt, act.kind() == Kind.CAPPED, resetAt);
        }
        settled(place, attempt);
    }

    private void noMoney(Place place, int attempt, boolean byCap, @Nullable Instant resetAt) {
        String code = byCap ? "SPENDING_LIMIT_EXCEEDED" : "INSUFFICIENT_CREDITS";
        String reset = resetAt == null ? "" : ",\"reset_at\":\"" + resetAt + "\"";
        pipeline.publish(pipeline.failure(place.user, place.job(), attempt)
                .setService(place.service)
                .setHttpStatus(402)
                .setErrorBody(PipelineHarness.body("{\"code\":\"" + code + "\"" + reset + "}"))
                .build());
        user(place).noMoney(byCap, resetAt, pipeline.now());
    }

    private void settled(Place place, int attempt) {
        Outcome outcome = only();
        assertThat(outcome.getOutcome()).isIn("SCHEDULED", "DEAD_LETTERED");
        if (outcome.getOutcome().equals("SCHEDULED")) {
            place.attempt = attempt + 1;
            user(place).scheduled(place.job(), outcome.getDueAt());
        } else {
            assertThat(outcome.getReason()).isNotEqualTo("HELD_TOO_LONG");
            place.next();
        }
    }

    private Outcome only() {
        List<Out<Outcome>> outcomes = pipeline.outcomes();
        assertThat(outcomes).hasSize(1);
        return outcomes.get(0).value();
    }

    private void again(Place place) {
        if (user(place).pending(place.job())) {
            api.unavailable(place.user, place.service, place.job(), place.attempt - 1);
            assertThat(only().getOutcome()).isEqualTo("DUPLICATE");
        }
    }

    private void move(Place place, Kind kind) {
        GatesReplay user = user(place);
        boolean end = kind == Kind.SUCCEED;
        if (end ? place.attempt == 0 : user.pending(place.job())) {
            return;
        }
        place.attempt = Math.max(1, place.attempt);
        LifecycleStage stage = end ? LifecycleStage.SUCCEEDED : LifecycleStage.SUBMITTED;
        pipeline.publish(JobLifecycle.newBuilder(pipeline.event(place.user, place.job(), place.attempt, stage))
                .setService(place.service)
                .build());
        assertThat(pipeline.outcomes()).isNotEmpty();
        if (end) {
            user.withdrawn(place.job());
            user.succeeded(place.job());
            place.next();
        } else {
            user.alive(place.job(), pipeline.now());
        }
    }

    private void issue(Place place, Kind kind) {
        if (place.attempt == 0 || kind == Kind.EXPEDITE && !user(place).pending(place.job())) {
            return;
        }
        pipeline.publish(Command.newBuilder()
                .setCommandId("c" + commands++)
                .setKind(kind == Kind.CANCEL ? CommandKind.CANCEL : CommandKind.EXPEDITE)
                .setUserId(place.user)
                .setJobId(place.job())
                .setIssuedAt(pipeline.now())
                .build());
        pipeline.outcomes();
        if (kind == Kind.EXPEDITE) {
            user(place).expedited(place.job(), pipeline.now());
        } else {
            user(place).withdrawn(place.job());
            user(place).idle(place.job());
            place.next();
        }
    }

    private void account(Place place, Act act) {
        GatesReplay user = user(place);
        boolean limits = act.kind() == Kind.LIMITS_CHANGED;
        pipeline.publish(AccountChange.newBuilder()
                .setUserId(place.user)
                .setChange(AccountChangeKind.valueOf(act.kind().name()))
                .setConcurrencyLimit(limits ? Integer.valueOf(act.number()) : null)
                .setAt(pipeline.now())
                .build());
        pipeline.outcomes();
        switch (act.kind()) {
            case ALLOWANCE_RESET -> user.allowanceReset(pipeline.now());
            case PLAN_CHANGED -> user.planChanged();
            case SPEND_CAP_CHANGED -> user.spendCapChanged();
            default -> user.limit(act.number());
        }
    }

    private void timePassed() {
        for (Out<RetryRequest> out : pipeline.ready()) {
            RetryRequest retry = out.value();
            Place place = at(retry.getJobId());
            assertThat(retry.getAttempt()).isEqualTo(place.attempt);
            user(place).released(retry.getJobId(), retry.getAttempt(), place.service, out.timestamp());
        }
        for (Out<Outcome> out : pipeline.outcomes()) {
            Outcome outcome = out.value();
            if (!outcome.getOutcome().equals("RELEASED")) {
                assertThat(outcome.getReason()).isEqualTo("HELD_TOO_LONG");
                Place place = at(outcome.getJobId());
                user(place).heldTooLong(place.job(), MAX_HOLD, out.timestamp());
                user(place).withdrawn(place.job());
                place.next();
            }
        }
        users.forEach(user -> user.time(pipeline.now()));
    }

    private Place at(@Nullable String job) {
        return places.stream()
                .filter(place -> place.job().equals(job))
                .findFirst()
                .orElseThrow(() -> new AssertionError(job + " is over"));
    }

    /** Nothing happens any more: no retry stays for ever. */
    void end() {
        for (int steps = 0; steps < LONG_STEPS && users.stream().anyMatch(GatesReplay::anyPending); steps++) {
            pipeline.leap(LONG_STEP);
            timePassed();
        }
        assertThat(users).noneMatch(GatesReplay::anyPending);
    }

    int checkedAgainstLimit() {
        return users.stream().mapToInt(GatesReplay::checkedAgainstLimit).sum();
    }

    @Override
    public void close() {
        pipeline.close();
    }
}
