package dev.redrive.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.avro.ErrorRate;
import dev.redrive.avro.Outcome;
import dev.redrive.avro.UserState;
import dev.redrive.topology.PipelineHarness.Out;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What the outputs themselves say, whatever the inputs were: each must add up with those before it. */
final class Ledger {

    private final Map<String, Integer> pending = new TreeMap<>();
    private final Set<String> redrives = new HashSet<>();
    private final Map<String, UserState> users = new HashMap<>();
    private final Map<List<Object>, Long> failures = new HashMap<>();

    void read(Outputs out) {
        for (Out<Outcome> record : out.outcomes()) {
            follow(record.value());
        }
        for (Out<UserState> record : out.users()) {
            assertThat(record.value().getActiveJobs()).isNotNegative();
            assertThat(record.value().getPendingRetries()).isNotNegative();
            users.put(record.key(), record.value());
        }
        for (Out<ErrorRate> record : out.rates()) {
            ErrorRate rate = record.value();
            failures.put(
                    List.of(
                            rate.getWindowStart(),
                            rate.getService(),
                            rate.getOperation(),
                            rate.getFailureClass(),
                            rate.getCode(),
                            rate.getLate()),
                    rate.getFailures());
        }
    }

    /** Each retry that was scheduled ends in exactly one way. */
    private void follow(Outcome outcome) {
        String job = outcome.getUserId() + "/" + outcome.getJobId();
        if (outcome.getOutcome().equals("SCHEDULED")) {
            int attempt = outcome.getAttempt() + (outcome.getInput().equals("FAILURE") ? 1 : 0);
            assertThat(pending.putIfAbsent(job, attempt))
                    .as("scheduled twice: %s", outcome)
                    .isNull();
            if (outcome.getInput().equals("COMMAND")) {
                assertThat(redrives.add(job + " " + attempt + " " + outcome.getCommandId()))
                        .as("redriven twice: %s", outcome)
                        .isTrue();
            }
        } else if (outcome.getInput().equals("RETRY") && !isAboutARecord(outcome)) {
            assertThat(pending.remove(job)).as("was not scheduled: %s", outcome).isEqualTo(outcome.getAttempt());
        }
    }

    /** A record of a delay topic that is not, or no longer, the retry that its job waits for. */
    private static boolean isAboutARecord(Outcome outcome) {
        return outcome.getOutcome().equals("QUARANTINED")
                || outcome.getOutcome().equals("STALE");
    }

    /** Retries that were scheduled and have not ended, by job. */
    Map<String, Integer> pending() {
        return pending;
    }

    /** The user's state as it was published last. */
    @Nullable
    UserState user(String id) {
        return users.get(id);
    }

    /** The sum over all windows, the late ones too. */
    long failures() {
        return failures.values().stream().mapToLong(Long::longValue).sum();
    }

    static String show(Outcome outcome) {
        return outcome.getUserId() + "/" + outcome.getJobId() + " " + outcome.getInput() + " " + outcome.getOutcome()
                + " " + outcome.getAttempt();
    }
}
