package dev.redrive.dev;

/** Chance that is the same in every run: a number from a seed, a purpose and what the number is for. Immutable. */
final class Dice {

    private final long seed;

    Dice(long seed) {
        this.seed = seed;
    }

    /** A number from 0, inclusive, to 1, exclusive. */
    double roll(String purpose, String subject, long occasion) {
        long h = mix(seed ^ hash(purpose));
        h = mix(h ^ hash(subject));
        h = mix(h ^ occasion);
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
