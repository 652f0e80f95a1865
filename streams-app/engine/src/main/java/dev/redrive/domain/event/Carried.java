package dev.redrive.domain.event;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a job keeps through its attempts and each of its retries carries. A failure need not repeat it: what it leaves out
 * is taken from the failures before, what it repeats wins.
 *
 * @param method HTTP method, upper case; {@link #METHOD} counts as left out where the route is left out too
 * @param route path of the request; empty where left out
 * @param deadline after this instant a retry is of no use
 * @param maxAttempts lowers the limit of charged attempts for this job; positive
 * @param batchId the batch that the job belongs to
 * @param labels carried untouched; none where left out
 * @param priority 0 to 9; among the retries of its user that may go, the higher goes first; 0 where left out
 * @param request whether the request itself is there; its body is in no state
 */
public record Carried(
        String method,
        String route,
        @Nullable Instant deadline,
        @Nullable Integer maxAttempts,
        @Nullable String batchId,
        Map<String, String> labels,
        int priority,
        boolean request) {

    /** The method of a failure that names none. */
    public static final String METHOD = "POST";

    /** Nothing is known. */
    public static final Carried NONE = new Carried(METHOD, "", null, null, null, Map.of(), 0, false);

    /** Copies the labels. */
    public Carried {
        labels = Map.copyOf(labels);
    }

    /**
     * The same, with what it leaves out taken from the failures before.
     *
     * @param before what they have left
     */
    public Carried after(Carried before) {
        boolean unnamed = route.isEmpty() && method.equals(METHOD);
        return new Carried(
                unnamed ? before.method : method,
                route.isEmpty() ? before.route : route,
                deadline == null ? before.deadline : deadline,
                maxAttempts == null ? before.maxAttempts : maxAttempts,
                batchId == null ? before.batchId : batchId,
                labels.isEmpty() ? before.labels : labels,
                priority == 0 ? before.priority : priority,
                request || before.request);
    }

    /** The same without a deadline that has passed. */
    public Carried withoutMissedDeadline(Instant now) {
        return deadline == null || deadline.isAfter(now)
                ? this
                : new Carried(method, route, null, maxAttempts, batchId, labels, priority, request);
    }
}
