package dev.redrive.sim;

/**
 * Reproducible random numbers, independent of the order of calls: each derives from a seed, a purpose, a subject and an
 * occasion. Immutable.
 */
public final class Dice {

    private final long seed;

    public Dice(long seed) {
        this.seed = seed;
    }

    /** Returns dice for one purpose, independent of those for others. */
    Dice about(String purpose) {
        return new Dice(mix(seed ^ hash(purpose)));
    }

    /** Returns a number from 0, inclusive, to 1, exclusive. */
    public double roll(String purpose, String subject, long occasion) {
        long h = mix(seed ^ hash(purpose));
        h = mix(h ^ hash(subject));
        return fraction(mix(h ^ occasion));
    }

    /** Returns the same for a numeric subject; the purpose is that of these dice. */
    double roll(long subject, long occasion) {
        return fraction(mix(mix(seed ^ subject) ^ occasion));
    }

    /** Returns an integer from {@code min} to {@code max}, both inclusive. */
    long between(long min, long max, long subject, long occasion) {
        return min + (long) ((max - min + 1) * roll(subject, occasion));
    }

    private static double fraction(long h) {
        return (h >>> 11) * 0x1.0p-53;
    }

    private static long hash(String text) {
        long h = 1_125_899_906_842_597L;
        for (int i = 0; i < text.length(); i++) {
            h = 31 * h + text.charAt(i);
        }
        return h;
    }

    /** The finalizer of SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014). */
    private static long mix(long value) {
        long z = value + 0x9e3779b97f4a7c15L;
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }
}
