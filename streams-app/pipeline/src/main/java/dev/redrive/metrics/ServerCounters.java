package dev.redrive.metrics;

import dev.redrive.metrics.KafkaMeters.Meters;
import dev.redrive.metrics.StepCounters.CounterTable;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;

/** Counts what the HTTP API does. No label names a caller. Safe for use by several threads. */
public final class ServerCounters {

    /** Results of requests, as label values. */
    enum Result {
        /** Status below 400. */
        ANSWERED,
        /** Status 400 to 499. */
        REFUSED,
        /** Status from 500. */
        FAILED
    }

    /** Why webhooks are refused, as label values. */
    public enum WebhookRefusal {
        /** The signature is missing, or does not belong to the body. */
        SIGNATURE_INVALID,
        /** The event is more than 5 minutes away from now. */
        TIMESTAMP_OUTSIDE_WINDOW,
        /** The same signed event was accepted before. */
        WEBHOOK_REPLAYED,
        /** The event cannot be read, or names no job. */
        BODY_INVALID
    }

    private final CounterTable<Result> requests;
    private final CounterTable<WebhookRefusal> webhooks;
    private final Counter authenticationFailures;
    private final Counter published;
    private final Counter auditLost;

    /** Creates all counters with 0. */
    public ServerCounters(MeterRegistry registry) {
        this.requests = new CounterTable<>(registry, MetricNames.SERVER_REQUESTS, Result.class);
        this.webhooks = new CounterTable<>(registry, MetricNames.SERVER_WEBHOOKS_REFUSED, WebhookRefusal.class);
        this.authenticationFailures = Meters.register(registry, MetricNames.SERVER_AUTHENTICATION_FAILURES);
        this.published = Meters.register(registry, MetricNames.SERVER_RECORDS_PUBLISHED);
        this.auditLost = Meters.register(registry, MetricNames.SERVER_AUDIT_LOST);
    }

    /** Counts an answer by its HTTP status. */
    public void answered(int status) {
        requests.increment(status < 400 ? Result.ANSWERED : status < 500 ? Result.REFUSED : Result.FAILED);
    }

    /** Counts a request without a token that is known. */
    public void authenticationFailed() {
        authenticationFailures.increment();
    }

    /** Counts a webhook that was refused. */
    public void refused(WebhookRefusal refusal) {
        webhooks.increment(refusal);
    }

    /** Counts a failure or lifecycle event that was accepted and written. */
    public void published() {
        published.increment();
    }

    /** Counts an audit record that could not be written. */
    public void auditLost() {
        auditLost.increment();
    }
}
