package dev.redrive.dev;

import dev.redrive.sim.Calls;
import dev.redrive.sim.Reply;
import dev.redrive.sim.ReplyKind;

/**
 * What the simulated API sees of how well retries keep to a user's limit, once the user has met it: after its first
 * collision, which whoever asks nobody can't avoid. Remembers the latest 100 000 users. Not safe for use by several threads.
 */
final class Collisions {

    private static final int MOST_REMEMBERED = 100_000;

    private final RecentMap<String, Boolean> met = new RecentMap<>(MOST_REMEMBERED);
    private final Calls calls = new Calls();
    private int mostActive;
    private int mostOverLimit;

    /**
     * What was seen so far.
     *
     * @param calls calls that were answered by a limit, an outage or a job
     * @param wasted of them, those answered 429, 402 or 503
     * @param retries of them, those that were not the first of their job
     * @param wastedRetries retries that were wasted
     * @param mostActive the most jobs that a user had active after its first collision when a retry came, that one included
     * @param mostOverLimit by how many such a retry was over the user's limit at most
     */
    record Seen(long calls, long wasted, long retries, long wastedRetries, int mostActive, int mostOverLimit) {}

    void called(String userId, boolean retry, Reply reply) {
        calls.count(reply.kind(), retry);
        boolean let = reply.kind() == ReplyKind.ACCEPTED;
        boolean collided = reply.kind() == ReplyKind.CONCURRENCY_LIMITED;
        if (retry && (let || collided) && met.containsKey(userId)) {
            int active = reply.active() + 1;
            mostActive = Math.max(mostActive, active);
            mostOverLimit = Math.max(mostOverLimit, active - reply.concurrencyLimit());
        }
        if (collided) {
            met.put(userId, true);
        }
    }

    Seen seen() {
        return new Seen(calls.all(), calls.wasted(), calls.retries(), calls.wastedRetries(), mostActive, mostOverLimit);
    }
}
