package dev.redrive.state;

import java.util.List;

/** The names of the stores, which are also part of their changelog topics' names. */
public final class StoreNames {

    public static final String JOBS = "jobs";

    public static final String USERS = "users";

    public static final String SERVICES = "services";

    /** Retries by lane, ordered by due. */
    public static final String DUE = "due";

    /** Leases, ordered by their ends. */
    public static final String LEASES = "leases";

    /** Sums not flushed yet. */
    public static final String OPEN_SUMS = "open-sums";

    /** Failures of jobs to redrive when their user can spend again. */
    public static final String SPENT = "spent";

    /** Marks of the task itself, and commands in progress. */
    public static final String MARKS = "marks";

    /** Error rates per window. */
    public static final String ERROR_RATES = "error-rates";

    /** Stores of the users' tasks. */
    public static final List<String> OF_USERS = List.of(JOBS, USERS, SERVICES, DUE, LEASES, OPEN_SUMS, MARKS, SPENT);

    /** Stores of the error-rate tasks. */
    public static final List<String> OF_RATES = List.of(ERROR_RATES);

    private StoreNames() {}

    /** Returns the name that Kafka Streams gives to a store's changelog topic. */
    public static String changelog(String applicationId, String store) {
        return applicationId + "-" + store + "-changelog";
    }
}
