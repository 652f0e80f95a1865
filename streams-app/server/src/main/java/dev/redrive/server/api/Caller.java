package dev.redrive.server.api;

import dev.redrive.config.ServerSettings.Role;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who asks.
 *
 * @param name name of the token; {@code local} where none is required
 * @param roles what it may do
 * @param user the only user whose data it sees; {@code null} for all
 * @param service the only service whose data it sees; {@code null} for all
 * @param address network address of the connection, for the audit
 */
public record Caller(
        String name,
        Set<Role> roles,
        @Nullable String user,
        @Nullable String service,
        String address) {

    /** Name of callers without a token. */
    static final String LOCAL = "local";

    /** Name of senders of webhooks until their signature is checked. */
    static final String WEBHOOK = "webhook";

    public Caller {
        roles = Set.copyOf(roles);
    }

    /** Returns whether it sees one user or service only, and may not write. */
    public boolean bound() {
        return user != null || service != null;
    }

    /** Returns whether it has a role, by itself or as an admin; those who may redrive may view. */
    public boolean has(Role role) {
        return roles.contains(Role.ADMIN) || roles.contains(role) || role == Role.VIEW && roles.contains(Role.REDRIVE);
    }
}
