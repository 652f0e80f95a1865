package dev.redrive.runtime;

import dev.redrive.runtime.Finding.TopicFinding;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.SslAuthenticationException;

/** The cluster could not be asked about topics at all; what is wrong with one topic is a {@link TopicFinding}. */
public final class TopicAdminException extends RuntimeException {

    /** Why; the name is the stable word. */
    public enum Reason {
        /** No broker answered in time. */
        UNREACHABLE,
        /** The client could not prove who it is, or could not believe the broker. */
        NOT_AUTHENTICATED,
        /** The client may not ask. */
        NOT_AUTHORIZED,
        /** The cluster answered with another error; see the cause. */
        FAILED
    }

    private final Reason reason;

    TopicAdminException(Reason reason, String message, Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    /** What went wrong while a cluster was asked, in words for people. */
    static TopicAdminException of(Throwable failure, String bootstrapServers, long timeoutMs) {
        String cluster = "the cluster at " + bootstrapServers;
        if (failure instanceof TimeoutException
                || failure instanceof org.apache.kafka.common.errors.TimeoutException
                || failure instanceof InterruptedException) {
            String message = "no broker at " + bootstrapServers + " answered within " + timeoutMs
                    + " ms; check that it runs and that bootstrap.servers names it";
            return new TopicAdminException(Reason.UNREACHABLE, message, failure);
        }
        if (failure instanceof SslAuthenticationException) {
            String message = "no secure connection to " + cluster + ": " + describe(root(failure))
                    + "; check ssl.truststore.* and that the broker's certificate names its host";
            return new TopicAdminException(Reason.NOT_AUTHENTICATED, message, failure);
        }
        if (failure instanceof AuthenticationException) {
            String message = cluster + " does not take this client's credentials: " + describe(failure)
                    + "; check sasl.mechanism and sasl.jaas.config";
            return new TopicAdminException(Reason.NOT_AUTHENTICATED, message, failure);
        }
        if (failure instanceof AuthorizationException) {
            return new TopicAdminException(
                    Reason.NOT_AUTHORIZED, cluster + " refused this client: " + describe(failure), failure);
        }
        return new TopicAdminException(Reason.FAILED, cluster + " answered: " + describe(failure), failure);
    }

    static String describe(Throwable failure) {
        return failure.getClass().getSimpleName() + ": " + failure.getMessage();
    }

    private static Throwable root(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root;
    }

    /** Why. */
    public Reason reason() {
        return reason;
    }
}
