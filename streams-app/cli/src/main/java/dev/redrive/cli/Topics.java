package dev.redrive.cli;

import dev.redrive.runtime.TopicAdmin;
import dev.redrive.runtime.TopicAdmin.TopicAdminException;
import java.time.Duration;
import java.util.function.Function;

/** Asks the brokers of a connection about topics. */
record Topics(Connection connection) {

    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    /** @throws CommandFailure if no broker answers, or it refuses */
    <T> T ask(Function<TopicAdmin, T> question) {
        Reachability.requireBroker(connection);
        try (TopicAdmin admin = new TopicAdmin(connection.clientConfig(), TIMEOUT)) {
            return question.apply(admin);
        } catch (TopicAdminException e) {
            throw failure(e);
        }
    }

    /** What a failure to ask the cluster means for whoever gave the command. */
    static CommandFailure failure(TopicAdminException e) {
        Reason reason = switch (e.reason()) {
            case UNREACHABLE -> Reason.BROKER_UNREACHABLE;
            case NOT_AUTHENTICATED -> Reason.NOT_AUTHENTICATED;
            case NOT_AUTHORIZED -> Reason.NOT_AUTHORIZED;
            case FAILED -> Reason.BROKER_FAILED;
        };
        return new CommandFailure(reason, String.valueOf(e.getMessage()), e);
    }
}
