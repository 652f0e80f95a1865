package dev.redrive.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.redrive.cli.CommandFailure.Reason;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Waits until a redrive and the jobs of its letters have ended. The redrive goes on whether it is waited for or not. */
final class RedriveWait {

    /** For how long an API that does not answer is asked again: a redrive outlives the instance that carries it out. */
    private static final long PATIENCE_NANOS = Duration.ofMinutes(2).toNanos();

    @Option(
            names = "--wait",
            order = 750,
            description =
                    "Wait until it has ended; exit code 3 if letters are left: blocked, dead again, or not released.")
    private boolean wait;

    @Option(
            names = "--max-wait",
            paramLabel = "DURATION",
            defaultValue = "1d",
            order = 751,
            description = "Wait no longer than this. Default: ${DEFAULT-VALUE}.")
    private Duration maxWait = Duration.ZERO;

    @Option(
            names = "--interval",
            paramLabel = "DURATION",
            defaultValue = "1s",
            order = 752,
            description = "Ask how far it is so often. Default: ${DEFAULT-VALUE}.")
    private Duration interval = Duration.ZERO;

    boolean asked() {
        return wait;
    }

    /** Asks until it has ended; apart from the options, so that their help loads no class of Jackson. */
    static final class Following {

        private final RedriveWait options;

        Following(RedriveWait options) {
            this.options = options;
        }

        /**
         * Returns the redrive when it has ended.
         *
         * @throws CommandFailure {@code TIMED_OUT} if it has not ended in time; else if the API fails or is away for too
         *     long
         */
        JsonNode end(Terminal terminal, ApiClient client, String path) {
            ProgressLine progress = new ProgressLine(terminal);
            long begin = System.nanoTime();
            long answeredAt = begin;
            try {
                while (true) {
                    JsonNode redrive = null;
                    try {
                        redrive = client.get(path);
                        answeredAt = System.nanoTime();
                    } catch (CommandFailure e) {
                        if (!passes(e.reason()) || System.nanoTime() - answeredAt > PATIENCE_NANOS) {
                            throw e;
                        }
                    }
                    if (redrive != null && ended(redrive)) {
                        return redrive;
                    }
                    if (System.nanoTime() - begin > options.maxWait.toNanos()) {
                        throw new CommandFailure(
                                Reason.TIMED_OUT,
                                "it has not ended within " + options.maxWait.toMillis() + " ms, and goes on");
                    }
                    show(redrive, progress);
                    pause();
                }
            } finally {
                progress.clear();
            }
        }

        private static boolean passes(Reason reason) {
            return reason == Reason.API_UNAVAILABLE || reason == Reason.API_UNREACHABLE || reason == Reason.TIMED_OUT;
        }

        private static boolean ended(JsonNode redrive) {
            return switch (redrive.path("state").asText()) {
                case "DONE", "CANCELLED" ->
                    RedriveText.ended(redrive) >= redrive.path("issued").asLong();
                case "HALTED" -> true;
                case "PLANNED", "RUNNING", "PAUSED" -> false;
                default -> throw new CommandFailure(Reason.API_FAILED, "the answer is not a redrive");
            };
        }

        /** Returns whether letters of an ended redrive are left. */
        static boolean lettersLeft(JsonNode redrive) {
            return redrive.path("issued").asLong() < redrive.path("planned").asLong()
                    || redrive.path("state").asText().equals("HALTED")
                    || RedriveText.result(redrive, "BLOCKED") > 0
                    || RedriveText.result(redrive, "DEAD_AGAIN") > 0;
        }

        private static void show(@Nullable JsonNode redrive, ProgressLine progress) {
            if (redrive == null) {
                progress.show(0, 0, "the API does not answer; asking again");
                return;
            }
            progress.show(
                    RedriveText.ended(redrive),
                    redrive.path("planned").asLong(),
                    redrive.path("state").asText() + ", "
                            + redrive.path("issued").asLong() + " issued, "
                            + RedriveText.result(redrive, "SUCCEEDED") + " succeeded, "
                            + RedriveText.result(redrive, "DEAD_AGAIN") + " dead again, "
                            + RedriveText.result(redrive, "BLOCKED") + " blocked");
        }

        private void pause() {
            try {
                TimeUnit.MILLISECONDS.sleep(Math.max(1, options.interval.toMillis()));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new CommandFailure(Reason.TIMED_OUT, "interrupted; the redrive goes on", e);
            }
        }
    }
}
