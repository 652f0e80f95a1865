package dev.redrive.state;

import java.util.List;

/** The names of the stores, which are also in the names of their changelog topics; this is the one place where both stand. */
public final class StoreNames {

    /** State of each job. */
    public static final String JOBS = "jobs";

    /** State of each user. */
    public static final String USERS = "users";

    /** State of each service. */
    public static final String SERVICES = "services";

    /** Retries by lane, in the order of their due. */
    public static final String DUE = "due";

    /** Ends of leases in their order. */
    public static final String LEASES = "leases";

    /** Sums that were not yet handed on. */
    public static final String OPEN_SUMS = "open-sums";

    /** Failures of jobs that are redriven when their user can spend again. */
    public static final String SPENT = "spent";

    /** Marks of the task itself, and the commands that are open. */
    public static final String MARKS = "marks";

    /** Error rates per window. */
    public static final String ERROR_RATES = "error-rates";

    /** Stores of the tasks that hold the users. */
    public static final List<String> OF_USERS = List.of(JOBS, USERS, SERVICES, DUE, LEASES, OPEN_SUMS, MARKS, SPENT);

    /** Stores of the tasks that hold the error rates. */
    public static final List<String> OF_RATES = List.of(ERROR_RATES);

    private StoreNames() {}

    /** The topic that holds a store's changes; Kafka Streams names it. */
    public static String changelog(String applicationId, String store) {
        return applicationId + "-" + store + "-changelog";
    }
}
