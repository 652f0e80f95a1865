package dev.redrive.cli;

import dev.redrive.avro.CommandKind;
import picocli.CommandLine.Mixin;

/** A command about pending retries that the pipeline carries out and answers. */
abstract class OrderCommand extends Subcommand {

    @Mixin
    private OrderOptions options = new OrderOptions();

    @Mixin
    private ConnectionOptions connection = new ConnectionOptions();

    /** Asked when it runs, not when it is made: every command is made at each start, and Avro's classes begin to log. */
    abstract CommandKind kind();

    @Override
    public Integer call() {
        Order order = options.order(kind(), terminal().environment());
        return new OrderRun(
                        terminal(),
                        order,
                        options,
                        connection.resolve(terminal().environment()),
                        System::nanoTime)
                .run(clients());
    }
}
