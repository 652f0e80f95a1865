package dev.redrive.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.avro.AccountChange;
import dev.redrive.avro.Command;
import dev.redrive.avro.CommandKind;
import dev.redrive.avro.DeadLetter;
import dev.redrive.avro.JobFailure;
import dev.redrive.avro.JobLifecycle;
import dev.redrive.avro.ScheduledRetry;
import dev.redrive.model.Action.Carried;
import dev.redrive.model.Action.Damage;
import dev.redrive.model.Action.Dated;
import dev.redrive.model.Action.Letter;
import dev.redrive.model.Action.Numbering;
import dev.redrive.model.Job.Phase;
import dev.redrive.topology.PipelineHarness;
import dev.redrive.topology.PipelineHarness.Out;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Carries actions out: makes their records, and remembers those that may come again. */
final class Player {

    static final int USERS = 3;
    static final int JOBS = 4;

    private static final List<String> INPUTS =
            List.of("jobs.failures", "jobs.lifecycle", "jobs.accounts", "jobs.commands", "jobs.retry.10s");

    private final World world;
    private final PipelineHarness pipeline;
    private final List<Report> published = new ArrayList<>();
    private final List<Report> held = new ArrayList<>();
    private final List<DeadLetter> letters = new ArrayList<>();
    private final List<ScheduledRetry> retries = new ArrayList<>();
    private int commands;

    Player(World world) {
        this.world = world;
        this.pipeline = world.pipeline();
    }

    void play(Action action) {
        if (action instanceof Action.Fail fail) {
            fail(fail);
        } else if (action instanceof Action.Again again) {
            if (!published.isEmpty()) {
                publish(pick(published, again.report()), 0);
            }
        } else if (action instanceof Action.Deliver deliver) {
            if (!held.isEmpty()) {
                publish(held.remove(Math.floorMod(deliver.report(), held.size())), 0);
            }
        } else if (action instanceof Action.EchoRetry echo) {
            echo(echo);
        } else if (action instanceof Action.Poison poison) {
            poison(poison);
        } else if (action instanceof Action.Move move) {
            move(move);
        } else if (action instanceof Action.Account account) {
            account(account);
        } else if (action instanceof Action.Order order) {
            Job job = target(order);
            command(command(job, order.kind(), "order-" + commands++).build());
        } else if (action instanceof Action.Redrive redrive) {
            redrive(redrive);
        } else if (action instanceof Action.Wait wait) {
            world.advance(wait.ms());
        } else if (action instanceof Action.Leap leap) {
            world.leap(leap.ms());
        } else if (action instanceof Action.ToNextDue toDue) {
            toNextDue(toDue);
        } else if (action instanceof Action.SetClock clock) {
            world.setClock(clock.offMs());
        } else if (action instanceof Action.Stamp stamp) {
            world.stampFailures(stamp.byBroker());
        } else {
            world.restart();
        }
    }

    private static <T> T pick(List<T> all, int number) {
        return all.get(Math.floorMod(number, all.size()));
    }

    private Job job(int number) {
        int job = Math.floorMod(number, USERS * JOBS);
        return world.model().job("u" + job % USERS, "j" + job / USERS);
    }

    /** Mostly a job that the order can be carried out on, if there is one. */
    private Job target(Action.Order order) {
        Phase phase = order.kind() == CommandKind.DISCARD ? Phase.DEAD : Phase.PENDING;
        List<Job> fit = new ArrayList<>();
        world.model().jobs().forEach(job -> {
            if (job.is(phase)) {
                fit.add(job);
            }
        });
        return fit.isEmpty() || order.job() == 1 ? job(order.job()) : pick(fit, order.job());
    }

    private static int number(Job job, Numbering numbering) {
        int right = Math.max(1, job.is(Phase.OUT) || job.is(Phase.PENDING) ? job.attempt : job.ended() + 1);
        return switch (numbering) {
            case RIGHT -> right;
            case UNKNOWN -> 0;
            case BEHIND -> Math.max(1, right - 1);
            case AHEAD -> right + 2;
        };
    }

    private static @Nullable String key(Job job, Carried carried) {
        return switch (carried) {
            case OWN -> "key-" + job.user + "-" + job.id;
            case NONE -> null;
            case AS_RELEASED -> job.key;
        };
    }

    private void fail(Action.Fail fail) {
        Job job = job(fail.job());
        Instant now = world.now();
        Long deadlineInMs = fail.deadlineInMs();
        Report report = new Report(
                job.user,
                job.id,
                number(job, fail.numbering()),
                fail.fault(),
                key(job, fail.carried()),
                now.minusMillis(fail.agoMs()),
                fail.dated(),
                deadlineInMs == null ? null : now.plusMillis(deadlineInMs),
                fail.maxAttempts());
        if (fail.held()) {
            held.add(report);
        } else {
            publish(report, fail.lagMs());
        }
    }

    private static Map<String, String> headers(Report report) {
        Map<String, String> headers = new HashMap<>();
        String retryAfter = report.fault().retryAfter();
        if (retryAfter != null) {
            headers.put("Retry-After", retryAfter);
        }
        Instant date = report.date();
        if (date != null) {
            headers.put("Date", DateTimeFormatter.RFC_1123_DATE_TIME.format(date.atOffset(ZoneOffset.UTC)));
        } else if (report.dated() == Dated.UNREADABLE) {
            headers.put("Date", "some day");
        }
        return headers;
    }

    private void publish(Report report, long lagMs) {
        published.add(report);
        Fault fault = report.fault();
        JobFailure record = pipeline.failure(report.user(), report.job(), report.attempt())
                .setCause(fault.cause)
                .setHttpStatus(fault.status)
                .setErrorBody(fault.code == null ? null : PipelineHarness.body("{\"code\":\"" + fault.code + "\"}"))
                .setResponseHeaders(headers(report))
                .setIdempotencyKey(report.key())
                .setFailedAt(report.failedAt())
                .setDeadline(report.deadline())
                .setMaxAttempts(report.maxAttempts())
                .build();
        remember(world.failure(report, record, lagMs));
    }

    private void remember(Outputs out) {
        out.deadLetters().stream().map(Out::value).forEach(letters::add);
        out.retries().stream().map(Out::value).forEach(retries::add);
    }

    private void echo(Action.EchoRetry echo) {
        if (!retries.isEmpty()) {
            ScheduledRetry retry = pick(retries, echo.retry());
            String topic = "jobs.retry." + retry.getTier();
            pipeline.send(topic, retry.getRetry().getUserId(), pipeline.bytes(ScheduledRetry.class, topic, retry));
            world.echoed(topic, retry.getRetry());
        }
    }

    private void poison(Action.Poison poison) {
        String topic = pick(INPUTS, poison.topic());
        byte[] good = pipeline.bytes(
                JobLifecycle.class,
                "jobs.lifecycle",
                pipeline.event("u0", "j0", 1, dev.redrive.avro.LifecycleStage.STARTED));
        Damage damage = poison.damage();
        byte[] value = switch (damage) {
            case NO_MAGIC -> "{}".getBytes(StandardCharsets.UTF_8);
            case UNKNOWN_ID -> {
                good[1] = 0x7f;
                yield good;
            }
            case TRUNCATED -> Arrays.copyOf(good, good.length - 3);
            case NO_VALUE -> null;
            case OTHER_KEY, NO_KEY -> good;
        };
        String key = damage == Damage.NO_KEY ? null : damage == Damage.OTHER_KEY ? "somebody" : "u0";
        String[] word = topic.substring("jobs.".length()).split("\\.", -1);
        String input = switch (word[0]) {
            case "failures" -> "FAILURE";
            case "lifecycle" -> "LIFECYCLE";
            case "accounts" -> "ACCOUNT";
            case "commands" -> "COMMAND";
            default -> "RETRY";
        };
        Outputs out = world.input(
                topic, "/null", () -> pipeline.send(topic, key, value), ignored -> List.of(input + " QUARANTINED 0"));
        assertThat(out.quarantine().get(0).value()).isEqualTo(value);
    }

    private void move(Action.Move move) {
        Job job = job(move.job());
        JobLifecycle event = pipeline.event(job.user, job.id, number(job, move.numbering()), move.stage());
        world.input(
                "jobs.lifecycle",
                job.user + "/" + job.id,
                () -> pipeline.publish(event),
                out -> world.model().moved(event, world.now()));
    }

    private void account(Action.Account account) {
        String user = "u" + Math.floorMod(account.user(), USERS);
        AccountChange change = AccountChange.newBuilder()
                .setUserId(user)
                .setChange(account.kind())
                .setConcurrencyLimit(account.limit())
                .setAt(world.now().minusMillis(account.agoMs()))
                .build();
        world.input("jobs.accounts", user + "/null", () -> pipeline.publish(change), out -> {
            String told = out.outcomes().isEmpty()
                    ? ""
                    : out.outcomes().get(0).value().getOutcome();
            return List.of("ACCOUNT " + (told.equals("IGNORED") ? told : "APPLIED") + " 0");
        });
    }

    private Command.Builder command(Job job, CommandKind kind, String id) {
        return Command.newBuilder()
                .setCommandId(id)
                .setKind(kind)
                .setUserId(job.user)
                .setJobId(job.id)
                .setIssuedAt(world.now());
    }

    private void command(Command command) {
        remember(world.input(
                "jobs.commands",
                command.getUserId() + "/" + command.getJobId(),
                () -> pipeline.publish(command),
                out -> world.model().ordered(command, world.now(), out)));
    }

    private void redrive(Action.Redrive redrive) {
        boolean known = redrive.letter() == Letter.LATEST || redrive.letter() == Letter.EARLIER;
        DeadLetter any = known && !letters.isEmpty() ? pick(letters, redrive.job()) : null;
        Job job = any == null ? job(redrive.job()) : world.model().job(any.getUserId(), any.getJobId());
        Command.Builder command =
                command(job, CommandKind.REDRIVE, "redrive-" + redrive.id()).setEdited(redrive.edited());
        List<DeadLetter> own = letters.stream()
                .filter(letter ->
                        letter.getUserId().equals(job.user) && letter.getJobId().equals(job.id))
                .toList();
        switch (redrive.letter()) {
            case LATEST, EARLIER -> {
                if (!own.isEmpty()) {
                    DeadLetter letter = own.get(redrive.letter() == Letter.LATEST ? own.size() - 1 : own.size() / 2);
                    command.setDeadLetter(letter.getFailure()).setEpoch(letter.getEpoch());
                }
            }
            case INVENTED ->
                command.setDeadLetter(pipeline.failure(job.user, job.id, number(job, Numbering.BEHIND))
                        .build());
            case LEFT_OUT -> command.setDeadLetter(null);
        }
        command(command.build());
    }

    private void toNextDue(Action.ToNextDue toDue) {
        Instant due = world.nextDue();
        if (due != null) {
            long ms = Duration.between(world.now(), due).toMillis() + toDue.afterMs();
            if (ms > 0 && ms < 5_000) {
                world.advance(ms);
            } else if (ms > 0) {
                world.leapTo(ms);
            }
        }
    }
}
