package dev.redrive.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code redrive topics check}. */
@Command(
        name = "check",
        description = {
            "Check the topics against the configuration, and whether this client has the pipeline's rights.",
            "",
            "Clients must put records into the partition that murmur2 gives for the key. Java, franz-go, kafkajs 2,"
                    + " kafka-python and aiokafka do; librdkafka (Python, Go, .NET, Node, kcat) with"
                    + " partitioner=murmur2_random; sarama with a murmur2 partitioner of your own; kafka-go with"
                    + " Murmur2Balancer. What stands elsewhere is forwarded.",
            "",
            "Exit code 1 if a difference or a missing right keeps the pipeline from starting."
        })
final class TopicsCheckCommand extends Subcommand {

    @Mixin
    private TopicsOptions options = new TopicsOptions();

    @Override
    public Integer call() {
        return new TopicsRun(terminal(), options).check();
    }
}
