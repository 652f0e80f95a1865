package dev.redrive.cli;

import dev.redrive.domain.gate.GateName;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code redrive users}: what is known of users. */
@Command(
        name = "users",
        description = {
            "Show what is known of users: active jobs, quota, which gates hold how many retries.",
            "",
            "Reads the users topic to the end that it has at the start. One line a user, in the order of their ids; of"
                    + " one user alone all that is known. A gate is told with the number of pending retries behind it,"
                    + " due or not, since when it is closed, and when it is asked again at the latest; where that has"
                    + " passed, it was asked and stays closed."
        },
        footer = {
            "Examples:",
            "  redrive users --held-by QUOTA",
            "  redrive users u1",
            "  redrive users --output json | jq 'select(.pendingRetries > 0) | .userId'"
        })
final class UsersCommand extends Subcommand {

    @Parameters(paramLabel = "USER", arity = "0..1", description = "Only this user, with all that is known.")
    private @Nullable String user;

    @Option(
            names = "--held-by",
            paramLabel = "GATE",
            description = "Only users of whom this gate holds something: ${COMPLETION-CANDIDATES}.")
    private @Nullable GateName heldBy;

    @Mixin
    private ViewOptions view = new ViewOptions();

    @Mixin
    private ConnectionOptions connection = new ConnectionOptions();

    @Override
    public Integer call() {
        UsersQuery query = new UsersQuery(user, heldBy, view.max(), view.output, view.timeout);
        return new UsersRun(terminal(), query, connection.resolve(terminal().environment()), System::nanoTime)
                .run(clients());
    }
}
