package dev.redrive.topology;

import dev.redrive.domain.decide.RetryPolicy.Tier;

/** The names of the topology's nodes. */
final class NodeNames {

    static final String FAILURES = "failures-source";
    static final String LIFECYCLE = "lifecycle-source";
    static final String ACCOUNTS = "accounts-source";
    static final String COMMANDS = "commands-source";
    static final String RETRIES = "retries-source";
    static final String PARTS = "error-rate-parts-source";

    static final String PIPELINE = "pipeline";
    static final String ERROR_RATES = "error-rates";

    static final String TO_FAILURES = "failures-sink";
    static final String TO_LIFECYCLE = "lifecycle-sink";
    static final String TO_ACCOUNTS = "accounts-sink";
    static final String TO_COMMANDS = "commands-sink";
    static final String TO_READY = "ready-sink";
    static final String TO_DEAD_LETTERS = "dead-letters-sink";
    static final String TO_USERS = "users-sink";
    static final String TO_OUTCOMES = "outcomes-sink";
    static final String TO_QUARANTINE = "quarantine-sink";
    static final String TO_PARTS = "error-rate-parts-sink";
    static final String TO_ERROR_RATES = "error-rates-sink";
    static final String TO_PARTS_QUARANTINE = "error-rate-parts-quarantine-sink";
    static final String TO_PARTS_OUTCOMES = "error-rate-parts-outcomes-sink";
    static final String TO_ALERTS = "alerts-sink";
    static final String TO_OVERDUE_ALERTS = "overdue-alerts-sink";

    static String toTier(Tier tier) {
        return "retry-" + tier.name() + "-sink";
    }

    private NodeNames() {}
}
