package dev.redrive.dev;

import dev.redrive.sim.ApiAnswer;
import java.time.Instant;

/** What the simulated batch system tells of an attempt. */
sealed interface Report {

    /** The attempt. */
    Attempt attempt();

    /** When it happened. */
    Instant at();

    /** The request was sent. */
    record Submitted(Attempt attempt, Instant at) implements Report {}

    /** The API accepted the job. */
    record Accepted(Attempt attempt, String requestId, Instant at) implements Report {}

    /** The job is done. */
    record Succeeded(Attempt attempt, Instant at) implements Report {}

    /** The API answered with an error. */
    record Refused(Attempt attempt, ApiAnswer.Response response, Instant at) implements Report {}

    /** No response came. */
    record Lost(Attempt attempt, ApiAnswer.NoResponse loss, Instant at) implements Report {}

    /** The job was accepted and failed later. */
    record FailedLater(Attempt attempt, String message, Instant at) implements Report {}
}
