package dev.redrive.config;

import dev.redrive.domain.classify.Classification.Disposition;

/**
 * {@code quota}: what becomes of jobs whose user has nothing left to spend.
 *
 * @param disposition {@code DEAD_LETTER}, or {@code PARK} until a known reset; a rule that names its own wins
 * @param redriveOnReset whether such jobs, once dead-lettered, are redriven when the user can spend again
 */
public record QuotaSettings(Disposition disposition, boolean redriveOnReset) {

    public QuotaSettings {
        Require.that(
                disposition == Disposition.DEAD_LETTER || disposition == Disposition.PARK,
                "disposition",
                disposition + " is not possible here; write DEAD_LETTER or PARK");
    }
}
