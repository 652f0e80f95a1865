package dev.redrive.serde;

import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;

/**
 * The schema registry gave no usable answer before the deadline: not reachable, too slow, or answering 401, 408, 429 or 5xx.
 *
 * <p>This says nothing about the data. Stop and try again; never quarantine for it.
 */
public class RegistryUnavailableException extends KafkaException {

    private static final long serialVersionUID = 1L;

    /** @param message what was asked for and did not come; holds no payload */
    public RegistryUnavailableException(String message) {
        super(message);
    }

    RegistryUnavailableException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
