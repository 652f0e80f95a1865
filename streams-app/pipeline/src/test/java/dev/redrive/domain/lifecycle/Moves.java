package dev.redrive.domain.lifecycle;

import dev.redrive.config.ConfigLoader;
import dev.redrive.domain.classify.Envelope;
import dev.redrive.domain.classify.FailureClass;
import dev.redrive.domain.classify.FailureFacts.Cause;
import dev.redrive.domain.decide.DeadLetterReason;
import dev.redrive.domain.decide.Decider;
import dev.redrive.domain.event.Input;
import dev.redrive.domain.event.Input.Carried;
import dev.redrive.domain.event.Input.JobCommand;
import dev.redrive.domain.event.Input.JobFailed;
import dev.redrive.domain.event.Input.JobMoved;
import dev.redrive.domain.event.Input.LeaseEnded;
import dev.redrive.domain.event.Input.RetryArrived;
import dev.redrive.domain.event.Input.RetryDue;
import dev.redrive.domain.event.JobRef;
import dev.redrive.domain.gate.Gates;
import dev.redrive.domain.lifecycle.JobState.AttemptSummary;
import dev.redrive.domain.lifecycle.JobState.DeadLettered;
import dev.redrive.domain.lifecycle.JobState.End;
import dev.redrive.domain.lifecycle.JobState.Finished;
import dev.redrive.domain.lifecycle.JobState.Memo;
import dev.redrive.domain.lifecycle.JobState.Running;
import dev.redrive.domain.lifecycle.JobState.Scheduled;
import dev.redrive.domain.lifecycle.JobState.Unseen;
import dev.redrive.domain.lifecycle.Pipeline.LifecyclePolicy;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** States, inputs and steps by short names, so that a table of moves can be read. */
final class Moves {

    static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");
    static final Instant DUE = NOW.plusSeconds(10);
    static final Duration LEASE = Duration.ofMinutes(30);
    static final JobRef JOB = new JobRef("u", "j");

    private Moves() {}

    static Pipeline pipeline() {
        return new Pipeline(
                decider(),
                Gates.none(),
                new LifecyclePolicy(LEASE, Duration.ofMinutes(1), false, Duration.ofDays(7), 0.15, Memo.MAX_REDRIVES));
    }

    /** The built-in rules, and one that forgets a 418. */
    static Decider decider() {
        try (InputStream in = Objects.requireNonNull(Moves.class.getResourceAsStream("/redrive/rules.yaml"))) {
            String forget = "      - {id: forget, match: {status: 418}, class: UNKNOWN, disposition: DROP}\n";
            String first = "      - id: concurrency-limit\n";
            String rules = new String(in.readAllBytes(), StandardCharsets.UTF_8).replace(first, forget + first);
            Path file = Files.createTempFile("rules", ".yaml");
            try {
                Files.writeString(file, rules);
                return ConfigLoader.load(null, Map.of("REDRIVE_RULES__FILE", file.toString()))
                        .decider();
            } finally {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static JobState job(String name) {
        return switch (name) {
            case "Unseen" -> Unseen.INSTANCE;
            case "Running" -> new Running(active(NOW.plusSeconds(60)), 2, false);
            case "Released" -> new Running(active(NOW.plusSeconds(60)), 2, true);
            case "Overdue" -> new Running(active(NOW), 2, false);
            case "Idle" -> new Running(failedOnce(), 2, false);
            case "Scheduled" -> new Scheduled(failedOnce(), 2, DUE);
            case "DeadLettered" -> new DeadLettered(failedOnce(), 1, DeadLetterReason.INVALID_REQUEST);
            case "Redriven" ->
                new DeadLettered(failedOnce().redriven("key", 0, "before", NOW), 1, DeadLetterReason.INVALID_REQUEST);
            case "Succeeded" -> new Finished(failedOnce(), 1, End.SUCCEEDED);
            case "Cancelled" -> new Finished(failedOnce(), 1, End.CANCELLED);
            case "Discarded" -> new Finished(failedOnce(), 1, End.DISCARDED);
            default -> throw new IllegalArgumentException(name);
        };
    }

    private static Memo failedOnce() {
        AttemptSummary first = new AttemptSummary(1, FailureClass.TRANSIENT, null, 503, NOW.minusSeconds(60));
        return new Memo(
                1,
                0,
                0,
                NOW.minusSeconds(60),
                "key",
                0,
                0,
                List.of(first),
                null,
                null,
                List.of(),
                NOW.minusSeconds(60),
                "music",
                Carried.NONE);
    }

    private static Memo active(Instant until) {
        return failedOnce().activeUntil(until, NOW.minusSeconds(30));
    }

    /** What the words say, e.g. {@code fail 2}, {@code submitted 0}, {@code redrive 1}. */
    static Input input(String words) {
        String[] word = words.split(" ", -1);
        int attempt = word.length == 1 ? 0 : Integer.parseInt(word[1]);
        return switch (word[0]) {
            case "fail" -> failure(attempt, 503);
            case "bad" -> failure(attempt, 400);
            case "busy" -> failure(attempt, 429);
            case "forget" -> failure(attempt, 418);
            case "submitted", "accepted", "started", "succeeded", "cancelled" ->
                new JobMoved(
                        JOB,
                        attempt,
                        JobMoved.Stage.valueOf(word[0].toUpperCase(Locale.ROOT)),
                        "music",
                        "song",
                        NOW.minusSeconds(1));
            case "arrived" -> new RetryArrived(JOB, attempt, "key", 0);
            case "due" -> new RetryDue(JOB, attempt, DUE, "music", "song", null, DUE);
            case "due-elsewhere" -> new RetryDue(JOB, attempt, DUE.plusMillis(1), "music", "song", null, DUE);
            case "due-late" -> new RetryDue(JOB, attempt, DUE, "music", "song", NOW.minusMillis(1), DUE);
            case "due-in-time" -> new RetryDue(JOB, attempt, DUE, "music", "song", NOW, DUE);
            case "lease" -> new LeaseEnded(JOB);
            case "redrive-nothing" -> command(JobCommand.Kind.REDRIVE, null);
            case "redrive" -> command(JobCommand.Kind.REDRIVE, failure(attempt, 400));
            default -> command(JobCommand.Kind.valueOf(word[0].toUpperCase(Locale.ROOT)), null);
        };
    }

    private static JobCommand command(JobCommand.Kind kind, @Nullable JobFailed failure) {
        return new JobCommand("command", kind, JOB, failure, 0, false);
    }

    static JobFailed failure(int attempt, int status) {
        return new JobFailed(
                JOB,
                attempt,
                "music",
                "song",
                Cause.RESPONSE,
                status,
                Envelope.EMPTY,
                Map.of(),
                "key",
                NOW.minusSeconds(1),
                new Carried("POST", "/songs", null, null, null, Map.of(), 0, true));
    }

    static String words(JobState job) {
        if (job instanceof Running running) {
            return "Running " + running.attempt() + (running.released() ? " released" : "");
        }
        if (job instanceof Scheduled pending) {
            return "Scheduled " + pending.attempt();
        }
        if (job instanceof DeadLettered dead) {
            return "DeadLettered " + dead.attempt() + " " + dead.reason();
        }
        return job instanceof Finished finished ? "Finished " + finished.attempt() + " " + finished.end() : "Unseen";
    }

    static String words(List<Effect> effects) {
        return effects.isEmpty() ? "-" : effects.stream().map(Moves::words).collect(Collectors.joining(", "));
    }

    private static String words(Effect effect) {
        if (effect instanceof Effect.Schedule schedule) {
            return "schedule " + schedule.attempt();
        }
        if (effect instanceof Effect.Release release) {
            return "release " + release.attempt();
        }
        if (effect instanceof Effect.Bury bury) {
            return "bury " + bury.attempt() + " " + bury.decision().reason();
        }
        if (effect instanceof Effect.Tally tally) {
            return "tally " + tally.count().kind();
        }
        if (effect instanceof Effect.Note note) {
            return note.about() + " " + note.kind() + (note.reason() == null ? "" : "/" + note.reason());
        }
        return effect.getClass().getSimpleName().toLowerCase(Locale.ROOT);
    }
}
