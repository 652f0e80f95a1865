package dev.redrive.cli;

import dev.redrive.avro.CommandKind;
import picocli.CommandLine.Mixin;

/** A command about pending retries that the pipeline carries out and answers. */
abstract class OrderCommand extends Subcommand {

    private final CommandKind kind;

    @Mixin
    private OrderOptions options = new OrderOptions();

    @Mixin
    private ConnectionOptions connection = new ConnectionOptions();

    OrderCommand(CommandKind kind) {
        this.kind = kind;
    }

    @Override
    public Integer call() {
        Order order = options.order(kind, terminal().environment());
        return new OrderRun(
                        terminal(),
                        order,
                        options,
                        connection.resolve(terminal().environment()),
                        System::nanoTime)
                .run(clients());
    }
}
