package dev.redrive.metrics;

import java.util.List;
import java.util.Locale;

/**
 * All metrics of Redrive's own. Names and units follow OpenMetrics: base units, counters end in {@code _total}. Labels
 * take their values from closed sets; none contains a user, a job or a rule.
 *
 * <p>Counters of the tasks' steps count what was stored and forwarded. A crash rolls back a transaction but not its
 * counts, so that a few steps may be counted twice; the topics, above all {@code jobs.outcomes}, are exact.
 */
public enum MetricNames {
    /** Retries that were scheduled. */
    RETRIES_SCHEDULED("redrive.retries.scheduled", Kind.COUNTER, Unit.NONE, "Retries scheduled", "class", "tier"),
    /** Retries that were released. */
    RETRIES_RELEASED(
            "redrive.retries.released", Kind.COUNTER, Unit.NONE, "Retries released to the ready topic", "class"),
    /** How long after its due a retry was released. */
    RELEASE_LATENESS(
            "redrive.release.lateness", Kind.HISTOGRAM, Unit.SECONDS, "How long after its due a retry was released"),
    /** Pending retries. */
    RETRIES_PENDING(
            "redrive.retries.pending", Kind.GAUGE, Unit.NONE, "Retries that wait in this instance's tasks", "tier"),
    /** Retries that are due and wait for the next slice. */
    RETRIES_OVERDUE(
            "redrive.retries.overdue",
            Kind.GAUGE,
            Unit.NONE,
            "Retries that were due and beyond the bounds of the last release slice; at most 1000 are counted per task"),
    /** Time since the due of the oldest retry that is due. */
    OLDEST_OVERDUE(
            "redrive.retries.overdue.oldest",
            Kind.GAUGE,
            Unit.SECONDS,
            "How long the oldest retry that is due has been so"),
    /** Users whose due retries a gate blocks. */
    USERS_BLOCKED(
            "redrive.users.held",
            Kind.GAUGE,
            Unit.NONE,
            "Users whose due retries a gate blocks; of gates by service, users and services",
            "gate"),
    /** Services whose probes limit releases. */
    SERVICES_PROBED(
            "redrive.services.probed",
            Kind.GAUGE,
            Unit.NONE,
            "Services, in each task, whose due retries wait for a probe of the service or for its recovery"),
    /** How long the probes of a service have limited releases. */
    OLDEST_PROBED(
            "redrive.services.probed.oldest",
            Kind.GAUGE,
            Unit.SECONDS,
            "How long the first of the services that block due retries has not been sound"),
    /** Failures that were processed. */
    FAILURES(
            "redrive.failures",
            Kind.COUNTER,
            Unit.NONE,
            "Failures that were taken, without duplicates and stale ones",
            "class"),
    /** Dead letters. */
    DEAD_LETTERS(
            "redrive.dead.letters", Kind.COUNTER, Unit.NONE, "Jobs that ended in the dead letters", "class", "reason"),
    /** Outcomes: duplicates, stale, superseded and all others. */
    OUTCOMES(
            "redrive.outcomes",
            Kind.COUNTER,
            Unit.NONE,
            "What became of inputs and pending retries",
            "input",
            "outcome"),
    /** Quarantined records. */
    QUARANTINED("redrive.quarantined", Kind.COUNTER, Unit.NONE, "Records that could not be taken", "input", "reason"),
    /** Quarantined records that are not kept whole. */
    QUARANTINE_REDUCED(
            "redrive.quarantine.reduced",
            Kind.COUNTER,
            Unit.NONE,
            "Quarantined records that were too large to be kept whole",
            "kept"),
    /** Outputs above the maximum size of their topic. */
    OUTPUTS_DROPPED(
            "redrive.outputs.dropped",
            Kind.COUNTER,
            Unit.NONE,
            "Outputs that were left out because they are larger than their topic takes"),
    /** Counts that arrived after their window. */
    RATES_LATE(
            "redrive.error.rates.late",
            Kind.COUNTER,
            Unit.NONE,
            "Counts that came after their error-rate window",
            "kind"),
    /** Failures that no rule matched. */
    UNMATCHED("redrive.failures.unmatched", Kind.COUNTER, Unit.NONE, "Failures that no rule matched"),
    /** Failures that contradict themselves. */
    CONTRADICTORY(
            "redrive.failures.contradictory", Kind.COUNTER, Unit.NONE, "Failures whose code does not fit their status"),
    /** Failures without the request that an earlier one of the job had. */
    REQUESTS_MISSING(
            "redrive.failures.request.missing",
            Kind.COUNTER,
            Unit.NONE,
            "Failures that came without the request that an earlier one of the job had"),
    /** Retry hints that could not be read. */
    HINTS_UNREADABLE(
            "redrive.retry.hints.unreadable",
            Kind.COUNTER,
            Unit.NONE,
            "Retry-After and rate-limit reset values that could not be read, so that the floor was waited for",
            "reason"),
    /** Steps of the wall clock. */
    CLOCK_STEPS(
            "redrive.clock.steps", Kind.COUNTER, Unit.NONE, "Steps of the wall clock of more than 500 ms", "direction"),
    /** Lead of the wall clock over the time in use. */
    CLOCK_SKEW(
            "redrive.clock.skew",
            Kind.GAUGE,
            Unit.SECONDS,
            "How far the wall clock is ahead of the time that decisions use, while a step is not accepted"),
    /** Difference between the wall clock and the brokers'. */
    CLOCK_OFFSET(
            "redrive.clock.offset",
            Kind.GAUGE,
            Unit.SECONDS,
            "How far the wall clock is ahead of the brokers' time, negative where it is behind; NaN until it is measured"),
    /** Difference between the brokers' clocks. */
    CLOCK_BROKER_SPREAD(
            "redrive.clock.broker.spread",
            Kind.GAUGE,
            Unit.SECONDS,
            "How far the brokers' clocks are apart; NaN until they are measured"),
    /** Failed stream threads. */
    THREAD_FAILURES(
            "redrive.thread.failures",
            Kind.COUNTER,
            Unit.NONE,
            "Stream threads that failed and were replaced; with REGISTRY_UNAVAILABLE also failed tries to read an input"
                    + " that waits for its schema",
            "cause"),
    /** Input records that the instance cannot get past. */
    STUCK_INPUT_OFFSET(
            "redrive.stuck.input.offset",
            Kind.GAUGE,
            Unit.NONE,
            "Offset of an input record that the instance cannot get past; -1, without topic and partition, where there is none",
            "topic",
            "partition"),
    /** Readiness of the instance. */
    READINESS(
            "redrive.readiness", Kind.GAUGE, Unit.NONE, "1 for the instance's present condition, else 0", "condition"),
    /** Requests of the HTTP API. */
    SERVER_REQUESTS("redrive.server.requests", Kind.COUNTER, Unit.NONE, "Requests of the HTTP API", "result"),
    /** Requests of the HTTP API without a valid token. */
    SERVER_AUTHENTICATION_FAILURES(
            "redrive.server.authentication.failures",
            Kind.COUNTER,
            Unit.NONE,
            "Requests of the HTTP API without a token that is known"),
    /** Webhooks that were refused. */
    SERVER_WEBHOOKS_REFUSED(
            "redrive.server.webhooks.refused", Kind.COUNTER, Unit.NONE, "Webhooks that were refused", "reason"),
    /** Records that were published through the HTTP API. */
    SERVER_RECORDS_PUBLISHED(
            "redrive.server.records.published",
            Kind.COUNTER,
            Unit.NONE,
            "Failures and lifecycle events that the HTTP API accepted and wrote"),
    /** Audit records that could not be written. */
    SERVER_AUDIT_LOST("redrive.server.audit.lost", Kind.COUNTER, Unit.NONE, "Audit records that could not be written"),
    /** The running version. */
    BUILD("redrive.build", Kind.GAUGE, Unit.NONE, "1; the label is the version", "version"),

    /** Stream threads that are alive. */
    STREAM_THREADS("redrive.kafka.stream.threads", Kind.GAUGE, Unit.NONE, "Stream threads that live"),
    /** Slowest commit. */
    COMMIT_MAX("redrive.kafka.commit.latency.max", Kind.GAUGE, Unit.SECONDS, "Longest commit of a thread, lately"),
    /** Slowest timer. */
    PUNCTUATE_MAX("redrive.kafka.punctuate.latency.max", Kind.GAUGE, Unit.SECONDS, "Longest timer of a thread, lately"),
    /** Records left to restore. */
    RESTORE_REMAINING(
            "redrive.kafka.restore.remaining", Kind.GAUGE, Unit.RECORDS, "Records that are left to be restored"),
    /** Size of local state. */
    STATE_SIZE("redrive.kafka.state.size", Kind.GAUGE, Unit.BYTES, "Size of the local stores on disk"),
    /** Maximum lag of a partition. */
    CONSUMER_LAG_MAX(
            "redrive.kafka.consumer.lag.max",
            Kind.GAUGE,
            Unit.RECORDS,
            "Records by which the worst partition is behind"),
    /** Time since a consumer last polled. */
    POLL_AGE_MAX(
            "redrive.kafka.consumer.poll.age.max", Kind.GAUGE, Unit.SECONDS, "How long ago the slowest thread polled"),
    /** Rebalances. */
    REBALANCES(
            "redrive.kafka.consumer.rebalances",
            Kind.COUNTER,
            Unit.NONE,
            "Rebalances of this instance's living threads"),
    /** Failed sends. */
    SEND_ERRORS(
            "redrive.kafka.producer.record.errors",
            Kind.COUNTER,
            Unit.NONE,
            "Records that the producers could not send"),
    /** Retried sends. */
    SEND_RETRIES(
            "redrive.kafka.producer.record.retries", Kind.COUNTER, Unit.NONE, "Sends that the producers tried again"),
    /** Refused authentications. */
    AUTHENTICATION_FAILURES(
            "redrive.kafka.authentication.failures",
            Kind.COUNTER,
            Unit.NONE,
            "Connections that brokers refused to authenticate");

    /** Prometheus types; the lower-case name is the type's name there. */
    public enum Kind {
        /** Only grows, except for restarts. */
        COUNTER,
        /** Goes up and down. */
        GAUGE,
        /** Counts in buckets, with a gauge of its maximum whose name ends in {@code _max}. */
        HISTOGRAM
    }

    /** Base units; the lower-case name is the metric's suffix. */
    public enum Unit {
        /** A plain number. */
        NONE,
        /** Seconds. */
        SECONDS,
        /** Bytes. */
        BYTES,
        /** Kafka records. */
        RECORDS
    }

    private final String id;
    private final Kind kind;
    private final Unit unit;
    private final String help;
    private final List<String> labels;

    MetricNames(String id, Kind kind, Unit unit, String help, String... labels) {
        this.id = id;
        this.kind = kind;
        this.unit = unit;
        this.help = help;
        this.labels = List.of(labels);
    }

    String id() {
        return id;
    }

    /** Returns the Prometheus type. */
    public Kind kind() {
        return kind;
    }

    /** Returns the base unit. */
    public Unit unit() {
        return unit;
    }

    /** Returns the description, one sentence without a full stop. */
    public String help() {
        return help;
    }

    /** Returns the names of its labels. */
    public List<String> labels() {
        return labels;
    }

    String unitWord() {
        return unit.name().toLowerCase(Locale.ROOT);
    }

    /** Returns the scraped name, which is the prefix of a histogram's series. */
    public String scraped() {
        String name = id.replace('.', '_') + (unit == Unit.NONE ? "" : "_" + unitWord());
        return kind == Kind.COUNTER ? name + "_total" : name;
    }
}
