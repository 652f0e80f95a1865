package dev.redrive.sim;

/**
 * How long something takes; all values between are equally likely.
 *
 * @param leastMs the shortest, in milliseconds
 * @param mostMs the longest
 */
public record Latency(int leastMs, int mostMs) {

    static final Latency NONE = new Latency(0, 0);

    /** @throws IllegalArgumentException if it is negative or out of order */
    public Latency {
        if (leastMs < 0 || mostMs < leastMs) {
            throw new IllegalArgumentException("a latency takes 0 or more, the shortest first");
        }
    }

    long draw(Dice dice, long subject, long occasion) {
        return dice.between(leastMs, mostMs, subject, occasion);
    }
}
