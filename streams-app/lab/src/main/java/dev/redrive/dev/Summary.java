package dev.redrive.dev;

import java.util.List;
import java.util.Map;

/**
 * What a development instance does at one moment.
 *
 * @param inPerSecond failures taken in
 * @param outPerSecond retries released
 * @param failures failures seen so far
 * @param released retries seen so far on the ready topic
 * @param pending pending retries
 * @param pendingByTier pending retries by tier, in order of the tiers' names first seen
 * @param overdue pending retries whose due has passed and that no gate is known to hold; at least so many
 * @param heldByGate pending retries behind a closed gate, due or not, by its name; none where nothing is held
 * @param deadLetters dead letters seen so far
 * @param deadLettersByReason the most frequent reasons first
 * @param users users seen, at most as many as are remembered
 * @param latenessP50Ms half of the last releases that no gate was seen to hold after their due were not later than this after it
 * @param latenessP99Ms the same of 99 in 100
 * @param early releases before their due; there are none
 * @param forgotten pending retries that were too many to remember
 * @param lines the latest outcomes, oldest first
 */
record Summary(
        double inPerSecond,
        double outPerSecond,
        long failures,
        long released,
        long pending,
        Map<String, Long> pendingByTier,
        long overdue,
        Map<String, Long> heldByGate,
        long deadLetters,
        Map<String, Long> deadLettersByReason,
        long users,
        long latenessP50Ms,
        long latenessP99Ms,
        long early,
        long forgotten,
        List<String> lines) {}
