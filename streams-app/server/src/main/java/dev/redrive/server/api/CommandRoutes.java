package dev.redrive.server.api;

import dev.redrive.avro.Command;
import dev.redrive.avro.CommandKind;
import dev.redrive.avro.Outcome;
import dev.redrive.codec.NaturalJson;
import dev.redrive.publish.Limits;
import dev.redrive.server.CommandAnswers;
import dev.redrive.server.CommandAnswers.Answer;
import dev.redrive.server.CommandWriter;
import dev.redrive.server.CommandWriter.NotWrittenException;
import dev.redrive.server.api.AuditLog.Write;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Routes whose effect is a command: it is written, and its answer awaited. Safe for use by several threads. */
public final class CommandRoutes {

    /** Maximum duration of a hold. */
    static final Duration MAX_HOLD = Duration.ofDays(7);

    /** Requests that may wait for answers at a time; others need the threads. */
    private static final int MAX_WAITING = 16;

    private static final Pattern SECONDS = Pattern.compile("[1-9][0-9]{0,6}(?:ms|s|m|h|d)");

    private final NaturalJson natural = new NaturalJson();
    private final CommandWriter writer;
    private final CommandAnswers answers;
    private final AuditLog audit;
    private final Clock clock;
    private final Duration timeout;
    private final Semaphore waiting = new Semaphore(MAX_WAITING);

    /**
     * Creates the routes.
     *
     * @param timeout how long an answer is awaited
     */
    public CommandRoutes(CommandWriter writer, CommandAnswers answers, AuditLog audit, Clock clock, Duration timeout) {
        this.writer = writer;
        this.answers = answers;
        this.audit = audit;
        this.clock = clock;
        this.timeout = timeout;
    }

    /** Adds the handlers to those of all routes. */
    public void addTo(Map<ApiRoute, RouteHandler> handlers) {
        handlers.put(ApiRoute.COMMAND, this::find);
        handlers.put(ApiRoute.RETRIES_CANCEL, call -> retries(call, CommandKind.CANCEL));
        handlers.put(ApiRoute.RETRIES_EXPEDITE, call -> retries(call, CommandKind.EXPEDITE));
        handlers.put(ApiRoute.HOLD_PLACE, this::hold);
        handlers.put(ApiRoute.HOLD_RELEASE, this::release);
        handlers.put(ApiRoute.JOB_WHY, this::why);
    }

    private void find(Call call) {
        Answer answer = answers.find(call.path("commandId"));
        if (answer == null) {
            throw new ApiException(ApiError.NOT_FOUND, "this instance has written no such command lately");
        }
        call.answer(200, json(answer));
    }

    private void retries(Call call, CommandKind kind) throws InterruptedException {
        JsonBody body = call.body();
        String user = body.optionalText("user", Limits.MAX_ID_CHARS);
        String job = body.optionalText("job", Limits.MAX_ID_CHARS);
        String operation = body.optionalText("operation", Limits.MAX_ID_CHARS);
        String reason = body.reason();
        boolean all = body.flag("allUsers");
        if (job != null && user == null) {
            body.error("user", "is missing: a job belongs to a user");
        }
        if (job != null && operation != null) {
            body.error("operation", "does not go with job");
        }
        if (user == null == !all) {
            body.error("allUsers", "give either user, or allUsers: true");
        }
        body.end();
        Command command = command(call, kind, user, reason)
                .setJobId(job)
                .setOperation(operation)
                .build();
        run(call, command, job == null ? user : job);
    }

    private void hold(Call call) throws InterruptedException {
        JsonBody body = call.body();
        String user = body.optionalText("user", Limits.MAX_ID_CHARS);
        String service = body.optionalText("service", Limits.MAX_ID_CHARS);
        String operation = body.optionalText("operation", Limits.MAX_ID_CHARS);
        boolean all = body.flag("all");
        String reason = body.reason();
        Instant until = until(body);
        scope(body, user, service, operation, all);
        body.end();
        Command command = command(call, CommandKind.HOLD, user, reason)
                .setService(service)
                .setOperation(operation)
                .setUntil(until)
                .build();
        run(call, command, target(user, service, operation));
    }

    private void release(Call call) throws InterruptedException {
        JsonBody body = call.body();
        String user = body.optionalText("user", Limits.MAX_ID_CHARS);
        String service = body.optionalText("service", Limits.MAX_ID_CHARS);
        String operation = body.optionalText("operation", Limits.MAX_ID_CHARS);
        boolean all = body.flag("all");
        String reason = body.reason();
        scope(body, user, service, operation, all);
        body.end();
        Command command = command(call, CommandKind.UNHOLD, user, reason)
                .setService(service)
                .setOperation(operation)
                .build();
        run(call, command, target(user, service, operation));
    }

    private void why(Call call) throws InterruptedException {
        String user = call.path("user");
        String job = call.path("job");
        if (call.caller().service() != null) {
            throw new ApiException(ApiError.TOKEN_BOUND, null);
        }
        boolean others =
                call.caller().user() != null && !user.equals(call.caller().user());
        if (others || user.length() > Limits.MAX_ID_CHARS || job.length() > Limits.MAX_ID_CHARS) {
            throw new ApiException(ApiError.NOT_FOUND, null);
        }
        Command command =
                command(call, CommandKind.EXPLAIN, user, null).setJobId(job).build();
        Outcome outcome = await(call, command, job).outcomes().get(0);
        if (outcome.getExplanation() == null) {
            throw new ApiException(ApiError.COMMAND_REJECTED, outcome.getReason())
                    .with("rejection", Objects.requireNonNullElse(outcome.getReason(), outcome.getOutcome()))
                    .with("commandId", command.getCommandId());
        }
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("user", user);
        json.put("job", job);
        json.put("attempt", outcome.getAttempt());
        json.put("dueAt", LetterRoutes.text(outcome.getDueAt()));
        json.put("at", outcome.getAt().toString());
        json.put("explanation", StrictJson.tree(natural.write(outcome.getExplanation())));
        call.answer(200, json);
    }

    private static void scope(
            JsonBody body, @Nullable String user, @Nullable String service, @Nullable String operation, boolean all) {
        if ((user == null && service == null && operation == null) != all) {
            body.error("all", "give user, service or operation, or all: true");
        }
    }

    private static String target(@Nullable String user, @Nullable String service, @Nullable String operation) {
        return user != null ? user : service != null ? service : operation != null ? operation : "all";
    }

    /** Reads {@code for}, a duration, or {@code until}, an instant. */
    private Instant until(JsonBody body) {
        String duration = body.optionalText("for", 20);
        String instant = body.optionalText("until", 40);
        Instant now = clock.instant();
        Instant until = now;
        if (duration == null == (instant == null)) {
            body.error("until", "give until, an instant, or for, a duration such as 10m");
        } else if (duration != null) {
            if (SECONDS.matcher(duration).matches()) {
                until = now.plus(duration(duration));
            } else {
                body.error("for", "must be a whole number with its unit, e.g. 60s, 10m, 2h");
                return until;
            }
        } else {
            try {
                until = Instant.parse(Objects.requireNonNullElse(instant, ""));
            } catch (DateTimeParseException e) {
                body.error("until", "must be an instant, e.g. 2026-01-31T12:00:00Z");
                return until;
            }
        }
        if (!until.isAfter(now) || until.isAfter(now.plus(MAX_HOLD))) {
            body.error(duration == null ? "until" : "for", "must end within 7 days from now");
        }
        return until;
    }

    private static Duration duration(String text) {
        long number = Long.parseLong(text.replaceAll("[a-z]", ""));
        return switch (text.replaceAll("[0-9]", "")) {
            case "ms" -> Duration.ofMillis(number);
            case "s" -> Duration.ofSeconds(number);
            case "m" -> Duration.ofMinutes(number);
            case "h" -> Duration.ofHours(number);
            default -> Duration.ofDays(number);
        };
    }

    /** Starts a command in the name of a caller; {@code null} for all users. */
    Command.Builder command(Call call, CommandKind kind, @Nullable String user, @Nullable String reason) {
        return Command.newBuilder()
                .setCommandId(UUID.randomUUID().toString())
                .setKind(kind)
                .setUserId(user == null ? "" : user)
                .setIssuedBy(call.caller().name())
                .setIssuedAt(clock.instant())
                .setReason(reason);
    }

    /** Writes a command of a route that writes, audits it, awaits its answer, and answers with it. */
    void run(Call call, Command command, @Nullable String target) throws InterruptedException {
        Answer answer = await(call, command, target);
        if (answer.rejected()) {
            String rejection = answer.rejections().get(0);
            throw new ApiException(ApiError.COMMAND_REJECTED, rejection)
                    .with("rejection", rejection)
                    .with("commandId", command.getCommandId());
        }
        call.answer(200, json(answer));
    }

    /**
     * Writes a command, and awaits its answers.
     *
     * @param target what it concerns, for the audit
     * @throws ApiException if it is not written, or not answered in time
     */
    Answer await(Call call, Command command, @Nullable String target) throws InterruptedException {
        if (!waiting.tryAcquire()) {
            throw new ApiException(ApiError.TOO_MANY_REQUESTS, "too many commands wait for their answers")
                    .retryAfter(1);
        }
        try {
            CompletableFuture<Answer> answered = written(call, command, target);
            Answer answer = answered.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
            audit(
                    call,
                    command,
                    target,
                    answer.rejections().isEmpty()
                            ? AuditLog.DONE
                            : answer.rejections().get(0),
                    answer.jobs());
            return answer;
        } catch (TimeoutException e) {
            audit(call, command, target, ApiError.ANSWER_PENDING.name(), null);
            throw new ApiException(ApiError.ANSWER_PENDING, "ask for it at /v1/commands/" + command.getCommandId())
                    .retryAfter(1)
                    .with("commandId", command.getCommandId());
        } catch (ExecutionException e) {
            throw new IllegalStateException("an answer never fails", e);
        } finally {
            waiting.release();
        }
    }

    private CompletableFuture<Answer> written(Call call, Command command, @Nullable String target)
            throws InterruptedException {
        try {
            return writer.write(command);
        } catch (NotWrittenException e) {
            audit(call, command, target, ApiError.KAFKA_UNAVAILABLE.name(), null);
            throw new ApiException(ApiError.KAFKA_UNAVAILABLE, "the command is not known to be written")
                    .retryAfter(5)
                    .with("commandId", command.getCommandId());
        }
    }

    private void audit(Call call, Command command, @Nullable String target, String outcome, @Nullable Long jobs) {
        String action = call.route().action();
        if (action != null) {
            audit.written(call.caller(), new Write(action, target, outcome, command.getReason(), null, jobs));
        }
    }

    private static Map<String, Object> json(Answer answer) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("commandId", answer.command().getCommandId());
        json.put("kind", answer.command().getKind().name());
        json.put("state", !answer.complete() ? "PENDING" : answer.rejections().isEmpty() ? "APPLIED" : "REJECTED");
        json.put("jobs", answer.jobs());
        json.put("failedJobs", answer.failedJobs());
        json.put("partitions", answer.expected());
        json.put("answered", answer.outcomes().size());
        json.put("rejections", answer.rejections());
        Instant due = answer.outcomes().stream()
                .map(Outcome::getDueAt)
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
        json.put("dueAt", due == null ? null : due.toString());
        return json;
    }
}
