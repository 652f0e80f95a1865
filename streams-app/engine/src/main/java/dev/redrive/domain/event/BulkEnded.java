package dev.redrive.domain.event;

import org.jspecify.annotations.Nullable;

/**
 * A command about many jobs was carried out, or refused.
 *
 * @param command the command
 * @param refusal the stable reason why nothing of it was carried out; {@code null} where it was
 * @param jobs how many jobs it was applied to
 */
public record BulkEnded(BulkCommand command, @Nullable String refusal, int jobs) implements Input {

    @Override
    public String userId() {
        return command.userId();
    }
}
