package dev.redrive.runtime;

import dev.redrive.serde.RegistryUnavailableException;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.errors.ErrorHandlerContext;
import org.apache.kafka.streams.errors.ProcessingExceptionHandler;
import org.apache.kafka.streams.processor.api.Record;

/**
 * Notes at which input record a thread fails, and lets it fail. Kafka Streams makes it, and hands it the {@link
 * StuckInputs} of the pipeline by its configuration.
 */
public final class FailedInputs implements ProcessingExceptionHandler {

    /** Names the {@link StuckInputs} in the configuration of Kafka Streams. */
    static final String STUCK_INPUTS = "redrive.stuck.inputs";

    private StuckInputs stuck = new StuckInputs(System::nanoTime);

    @Override
    public void configure(Map<String, ?> configs) {
        stuck = (StuckInputs) Objects.requireNonNull(configs.get(STUCK_INPUTS), STUCK_INPUTS);
    }

    @Override
    public Response handleError(ErrorHandlerContext context, Record<?, ?> record, Exception failure) {
        // A timer fails at no record; a registry that is away says nothing about one.
        if (context.topic() != null && context.offset() >= 0 && !ofRegistry(failure)) {
            stuck.failed(new TopicPartition(context.topic(), context.partition()), context.offset());
        }
        return Response.fail();
    }

    private static boolean ofRegistry(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof RegistryUnavailableException) {
                return true;
            }
        }
        return false;
    }
}
