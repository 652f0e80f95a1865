package dev.redrive.domain.service;

import dev.redrive.domain.service.Health.Broken;
import dev.redrive.domain.service.Health.Probing;
import dev.redrive.domain.service.Health.Recovering;
import dev.redrive.domain.service.Health.Sound;
import dev.redrive.domain.user.Concurrency;
import dev.redrive.domain.user.JobLengths;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The state of a service in one task. It expires if unchanged for the retention of users.
 *
 * @param health whether retries can succeed
 * @param lengths how long jobs of this service take, learned from users without reported ends
 * @param caution what is added to the log-odds of a free slot that a release requires, so that the share of refused
 *     retries is the configured one although lengths are estimates; from -{@link #MAX_CAUTION} to {@link #MAX_CAUTION}
 * @param credit tests of users' limits that may be released; from 0 to {@link #MAX_CREDIT}
 * @param touchedAt time of the last change
 */
public record ServiceState(
        Health health, @Nullable JobLengths lengths, double caution, double credit, Instant touchedAt) {

    private static final double FIRST_CREDIT = 1;

    /** The state of an unknown service. */
    public static final ServiceState NEW = new ServiceState(Health.SOUND, null, 0, FIRST_CREDIT, Instant.EPOCH);

    /** The part of the way by which a user's changed estimate of job lengths moves that of the service. */
    private static final double OF_USER = 0.125;

    /** Bound of the caution, in log-odds. */
    public static final double MAX_CAUTION = 2.5;

    /** The change of the caution by one refusal, in log-odds; each release lowers it by the budgeted share of this. */
    private static final double STEP = 0.15;

    /** Bound of the credit. */
    public static final double MAX_CREDIT = 16;

    /** The credit that one released retry of a user with a known limit earns: one test in 80 retries. */
    private static final double EARNED = 1.0 / 80;

    /** The credit that a test earns which found a higher limit, because those of other users may have risen too. */
    private static final double FOUND = 4;

    /** Min change of caution or credit for which a state is stored again; a smaller one may be lost at a restart. */
    private static final double NOTICEABLE = 0.25;

    /** A changed state is stored again after this time, however small the change. */
    private static final Duration STORED_WITHIN = Duration.ofMinutes(1);

    /** Bounds the caution and the credit. */
    public ServiceState {
        credit = Double.isNaN(credit) ? 0 : Math.max(0, Math.min(MAX_CREDIT, credit));
        caution = Double.isNaN(caution) ? 0 : Math.max(-MAX_CAUTION, Math.min(MAX_CAUTION, caution));
    }

    /** Returns when the next retry may be released; an instant not after {@code now} if it may be released now. */
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

    /** Returns the name of its health: SOUND, BROKEN, PROBING or RECOVERING. */
    public String healthName() {
        if (health instanceof Sound) {
            return "SOUND";
        }
        if (health instanceof Broken) {
            return "BROKEN";
        }
        return health instanceof Probing ? "PROBING" : "RECOVERING";
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
            return with(new Probing(broken.since(), now, broken.strikes(), broken.patience()), now);
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
     * @param took the time from its start to the failure; zero if unknown
     */
    public ServiceState failed(boolean began, Instant at, Duration took, Instant now) {
        Duration patience = Probing.after(took);
        if (health instanceof Sound sound && began) {
            int left = sound.tokens() - Health.COST;
            return with(left > Health.FULL / 2 ? new Sound(left) : Broken.after(now, 0, patience, now), now);
        }
        if (health instanceof Probing probing && at.isAfter(probing.sentAt())) {
            Duration longer = patience.compareTo(probing.patience()) > 0 ? patience : probing.patience();
            return with(Broken.after(probing.since(), probing.strikes(), longer, now), now);
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
                    : Broken.after(recovering.since(), recovering.strikes(), patience, now);
            return with(next, now);
        }
        return this;
    }

    /** Returns whether a user's limit may be tested: a bounded share of retries tests limits, over all users. */
    public boolean testable() {
        return credit >= 1;
    }

    /**
     * Returns the state after a user's concurrency changed: a part of what was learned of job lengths counts for all
     * users, a test of the limit costs credit, and one that succeeded earns more than it cost.
     */
    public ServiceState learned(Concurrency before, Concurrency after, Instant now) {
        JobLengths moved = lengths;
        JobLengths known = after.lengths();
        if (known != null && !known.equals(before.lengths())) {
            moved = prior().towards(known, OF_USER);
        }
        double change = (after.testing() && !before.testing() ? -1 : 0) + (after.raisedSince(before) ? FOUND : 0);
        return moved == lengths && change == 0 ? this : new ServiceState(health, moved, caution, credit + change, now);
    }

    /** Returns the state after the release of a retry of a user whose limit is known. */
    public ServiceState earned(Instant now) {
        return new ServiceState(health, lengths, caution, credit + EARNED, now);
    }

    /** Returns whether the state differs from a stored one by more than a little. */
    public boolean differsFrom(ServiceState stored) {
        return !health.equals(stored.health)
                || (lengths == null ? stored.lengths != null : lengths.differsFrom(stored.lengths))
                || Math.abs(caution - stored.caution) >= NOTICEABLE
                || Math.abs(credit - stored.credit) >= NOTICEABLE
                || Duration.between(stored.touchedAt, touchedAt).compareTo(STORED_WITHIN) > 0;
    }

    /** Returns how long jobs take, for a user of whom nothing was learned. */
    public JobLengths prior() {
        return lengths == null ? JobLengths.FIRST : lengths;
    }

    /**
     * Returns the probability of a free slot that a release requires, where ends of jobs are not reported.
     *
     * @param wasteBudget the share of calls that may be retries refused for lack of a slot, between 0 and 1
     */
    public double threshold(double wasteBudget) {
        double refused = refusedShare(wasteBudget);
        double odds = Math.log((1 - refused) / refused) + caution;
        return 1 / (1 + Math.exp(-odds));
    }

    /**
     * Returns the share of released retries that may be refused. A job with retries has made one call before: if a
     * share p of its retries is refused, it needs 1 / (1 - p) of them, and p / (2 - p) of its calls are refused retries.
     */
    private static double refusedShare(double wasteBudget) {
        return 2 * wasteBudget / (1 + wasteBudget);
    }

    /**
     * Returns the state after a retry was released that competes for a slot without reported ends, or was refused. In
     * the long run the share of refused ones is the budget (stochastic approximation; Robbins and Monro 1951).
     *
     * @param refused whether it is the refusal, not the release
     */
    public ServiceState competed(boolean refused, double wasteBudget, Instant now) {
        double change = STEP * (refused ? 1 : -refusedShare(wasteBudget));
        return new ServiceState(health, lengths, caution + change, credit, now);
    }

    private ServiceState with(Health newHealth, Instant now) {
        return new ServiceState(newHealth, lengths, caution, credit, now);
    }
}
