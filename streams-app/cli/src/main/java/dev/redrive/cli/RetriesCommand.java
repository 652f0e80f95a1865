package dev.redrive.cli;

import dev.redrive.domain.gate.GateName;
import dev.redrive.state.StoreNames;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code redrive retries}: what is pending, and what holds it. */
@Command(
        name = "retries",
        description = {
            "Show pending retries: when they are due, and which gate holds them until when.",
            "",
            "Reads the changelog of the pipeline's due queue, which wants the right to read the topic"
                    + " APPLICATIONID-due-changelog, and the users topic, to the ends that they have at the start. In"
                    + " the order of their due. WAITING: not due yet; HELD: due, but the gate is closed; OVERDUE: due,"
                    + " and no gate is known to hold it. A retry that was scheduled a moment ago may not be there yet.",
            "Every pending retry that was asked for takes about 200 bytes of memory while the command runs, and its"
                    + " ids; more than 1,500,000 are refused."
        },
        footer = {
            "Examples:",
            "  redrive retries --held-by CONCURRENCY",
            "  redrive retries --user u1 --output json | jq -r .jobId"
        })
final class RetriesCommand extends Subcommand {

    @Option(names = "--user", paramLabel = "ID", description = "Only retries of this user; reads one partition.")
    private @Nullable String user;

    @Option(
            names = "--held-by",
            paramLabel = "GATE",
            description = "Only retries behind this gate, due or not: ${COMPLETION-CANDIDATES}.")
    private @Nullable GateName heldBy;

    @Option(names = "--service", paramLabel = "NAME", description = "Only retries for this service.")
    private @Nullable String service;

    @Option(names = "--operation", paramLabel = "NAME", description = "Only retries of this operation.")
    private @Nullable String operation;

    @Mixin
    private ViewOptions view = new ViewOptions();

    @Mixin
    private ConnectionOptions connection = new ConnectionOptions();

    @Override
    public Integer call() {
        Connection target = connection.resolve(terminal().environment());
        String applicationId =
                ConfigSource.load(connection.config, terminal().environment()).applicationId();
        RetriesQuery query = new RetriesQuery(
                StoreNames.changelog(applicationId, StoreNames.DUE),
                user,
                heldBy,
                service,
                operation,
                view.max(),
                view.output,
                view.timeout);
        return new RetriesRun(terminal(), query, target, System::nanoTime).run(clients());
    }
}
