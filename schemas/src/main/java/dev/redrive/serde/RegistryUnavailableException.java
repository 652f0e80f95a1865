package dev.redrive.serde;

import java.net.URI;
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

    /**
     * The schema registry cannot be used with this configuration: 401, or 403, a redirect or a page that is not the
     * registry's if it answers nothing else either. A person has to correct credentials or the URL; the data is not the
     * cause.
     */
    public static final class RegistryAccessException extends RegistryUnavailableException {

        private static final long serialVersionUID = 1L;

        RegistryAccessException(String message) {
            super(message);
        }

        static RegistryAccessException credentials(URI url, int status) {
            return new RegistryAccessException(
                    url + " answers " + status + ": check basic.auth.* or bearer.auth.* of the schema registry");
        }
    }
}
