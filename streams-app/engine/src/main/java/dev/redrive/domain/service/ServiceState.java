package dev.redrive.domain.service;

import dev.redrive.domain.service.Health.Broken;
import dev.redrive.domain.service.Health.Probing;
import dev.redrive.domain.service.Health.Recovering;
import dev.redrive.domain.service.Health.Sound;
import dev.redrive.domain.user.Occupancy;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The state of a service in one task. It expires if unchanged for the retention of users.
 *
 * @param health whether retries can succeed
 * @param occupancy how long jobs of this service occupy their slots, learned from users without reported ends
 * @param touchedAt time of the last change
 */
public record ServiceState(Health health, @Nullable Occupancy occupancy, Instant touchedAt) {

    /** The state of an unknown service. */
    public static final ServiceState NEW = new ServiceState(Health.SOUND, null, Instant.EPOCH);

    private static final int OF_USER = 8;

    /** Returns when the next retry may be released; an instant not after {@code now} if that is now. */
    public Instant opensAt(Instant now) {
        if (health instanceof Sound) {
            return now;
        }
        if (health instanceof Broken broken) {
            return broken.until();
        }
        if (health instanceof Probing probing) {
            return probing.decidedAt();
        }
        Recovering recovering = (Recovering) health;
        long second = Duration.between(recovering.from(), now).toSeconds();
        boolean room = second > recovering.second() || recovering.released() < Recovering.allowed(second);
        return room ? now : recovering.from().plusSeconds(second + 1);
    }

    /** Returns whether the service is in recovery, with more releases every second. */
    public boolean recovering() {
        return health instanceof Recovering;
    }

    /** Returns since when the service is not sound; {@code null} while it is. */
    public @Nullable Instant unsoundSince() {
        if (health instanceof Broken broken) {
            return broken.since();
        }
        if (health instanceof Probing probing) {
            return probing.since();
        }
        return health instanceof Recovering recovering ? recovering.since() : null;
    }

    /** Returns the state after the release of a retry. */
    public ServiceState released(Instant now) {
        if (health instanceof Sound) {
            return began(now);
        }
        if (health instanceof Broken broken) {
            return with(new Probing(broken.since(), now, broken.strikes()), now);
        }
        Recovering recovering = health instanceof Probing probing
                ? Recovering.begin(probing.since(), probing.strikes(), now)
                : (Recovering) health;
        long second = Duration.between(recovering.from(), now).toSeconds();
        if (second >= Recovering.SECONDS) {
            return with(Health.SOUND, now);
        }
        int before = second > recovering.second() ? 0 : recovering.released();
        int tokens = Math.min(Health.FULL, recovering.tokens() + Health.EARNED);
        return with(
                new Recovering(recovering.since(), recovering.from(), second, before + 1, tokens, recovering.strikes()),
                now);
    }

    /** Returns the state after the start of an attempt that Redrive did not release. */
    public ServiceState began(Instant now) {
        return health instanceof Sound sound && sound.tokens() < Health.FULL
                ? with(new Sound(Math.min(Health.FULL, sound.tokens() + Health.EARNED)), now)
                : this;
    }

    /** Returns the state after an answer other than a service failure; ends a probe early. */
    public ServiceState answered(Instant at, Instant now) {
        return health instanceof Probing probing && at.isAfter(probing.sentAt())
                ? with(Recovering.begin(probing.since(), probing.strikes(), now), now)
                : this;
    }

    /**
     * Returns the state after an attempt failed because of the service.
     *
     * @param began whether its start was seen, and so had earned its share
     * @param at when it failed
     */
    public ServiceState failed(boolean began, Instant at, Instant now) {
        if (health instanceof Sound sound && began) {
            int left = sound.tokens() - Health.COST;
            return with(left > Health.FULL / 2 ? new Sound(left) : Broken.after(now, 0, now), now);
        }
        if (health instanceof Probing probing && at.isAfter(probing.sentAt())) {
            return with(Broken.after(probing.since(), probing.strikes(), now), now);
        }
        if (health instanceof Recovering recovering && began && at.isAfter(recovering.from())) {
            int left = recovering.tokens() - Health.COST;
            Health next = left > Health.FULL / 2
                    ? new Recovering(
                            recovering.since(),
                            recovering.from(),
                            recovering.second(),
                            recovering.released(),
                            left,
                            recovering.strikes())
                    : Broken.after(recovering.since(), recovering.strikes(), now);
            return with(next, now);
        }
        return this;
    }

    /** Moves the service's estimate by a part towards a user's changed one, for users without an estimate. */
    public ServiceState taught(Occupancy user, Instant now) {
        long known = occupancy == null ? user.estimateMs() : occupancy.estimateMs();
        long next = known + (user.estimateMs() - known) / OF_USER;
        return new ServiceState(health, Occupancy.of(next), now);
    }

    /** Returns the estimate for a user without one. */
    public Occupancy prior() {
        return occupancy == null ? Occupancy.FIRST : occupancy;
    }

    private ServiceState with(Health newHealth, Instant now) {
        return new ServiceState(newHealth, occupancy, now);
    }
}
