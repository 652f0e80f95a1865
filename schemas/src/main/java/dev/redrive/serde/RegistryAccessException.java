package dev.redrive.serde;

/**
 * The schema registry answered, but not as one that may be used with this configuration: 401, 403, a redirect, or a page
 * that is not the registry's. A person has to mend credentials or the URL; the data is not to blame.
 */
public final class RegistryAccessException extends RegistryUnavailableException {

    private static final long serialVersionUID = 1L;

    RegistryAccessException(String message) {
        super(message);
    }
}
