package dev.redrive.serde;

import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;

/**
 * The schema registry gave no usable answer before the deadline: unreachable, too slow, or status 401, 408, 429 or 5xx.
 *
 * <p>It is independent of the data. Stop and try again; never quarantine because of it.
 */
public class RegistryUnavailableException extends KafkaException {

    private static final long serialVersionUID = 1L;

    /** @param message the failed request; contains no payload */
    public RegistryUnavailableException(String message) {
        super(message);
    }

    RegistryUnavailableException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
