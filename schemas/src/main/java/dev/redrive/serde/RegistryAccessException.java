package dev.redrive.serde;

import java.net.URI;

/**
 * The schema registry answered, but not as one that may be used with this configuration: 401, or 403, a redirect or a page
 * that is not the registry's where it answers nothing else either. A person has to mend credentials or the URL; the data is
 * not to blame.
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
