package dev.redrive.serde;

import java.net.URI;

/**
 * The schema registry cannot be used with this configuration: 401, or 403, a redirect or a page that is not the
 * registry's if it answers nothing else either. A person has to correct credentials or the URL; the data is not the
 * cause.
 */
public final class RegistryAccessException extends RegistryUnavailableException {

    private static final long serialVersionUID = 1L;

    RegistryAccessException(String message) {
        super(message);
    }

    static RegistryAccessException credentials(URI url, int status) {
        return new RegistryAccessException(
                url + " answers " + status + ": check basic.auth.* or bearer.auth.* of the schema registry");
    }
}
