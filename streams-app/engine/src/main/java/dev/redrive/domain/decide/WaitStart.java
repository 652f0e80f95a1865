package dev.redrive.domain.decide;

import dev.redrive.domain.event.Input.JobFailed;
import java.time.Duration;
import java.time.Instant;

/**
 * The instant from which the wait for a retry counts. {@code failedAt} comes from the publisher's clock; one that is
 * behind would make a hint such as {@code Retry-After: 20} due too early. The response's {@code Date} is the API's
 * clock; without it, the record's own time bounds how long ago the attempt can have ended.
 */
public final class WaitStart {

    /** {@code Date} has whole seconds, so the response came up to this much later. */
    private static final Duration DATE_RESOLUTION = Duration.ofSeconds(1);

    private WaitStart() {}

    /**
     * Returns the instant that waits count from, at least {@code failedAt} and at most {@code latest}.
     *
     * @param failure the failure, which ended no later than {@code latest}
     * @param recordAt when the broker appended the failure's record, else when its producer made it
     * @param latest the latest instant at which the failed attempt can have ended
     * @param maxPublishDelay max time between the end of a failure without {@code Date} and {@code recordAt}
     */
    public static Instant of(JobFailed failure, Instant recordAt, Instant latest, Duration maxPublishDelay) {
        String text = failure.responseHeaders().get("date");
        Instant date = text == null ? null : HttpDate.parse(text.strip(), latest);
        Instant start = failure.failedAt();
        if (date == null) {
            start = later(start, recordAt.minus(maxPublishDelay));
        } else if (date.isAfter(start)) {
            start = date.plus(DATE_RESOLUTION);
        }
        return start.isAfter(latest) ? latest : start;
    }

    private static Instant later(Instant one, Instant other) {
        return one.isAfter(other) ? one : other;
    }
}
