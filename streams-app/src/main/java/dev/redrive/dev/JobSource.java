package dev.redrive.dev;

import java.util.Arrays;
import java.util.List;

/** Makes up new jobs: whose, of which service, with a key or without. Belongs to one thread. */
final class JobSource {

    private static final double WITH_KEY = 0.9;
    private static final double SKEW = 0.6;

    private record Service(String name, String operation, String route) {}

    private static final List<Service> SERVICES = List.of(
            new Service("music", "music.song.generate", "/v1/music/songs"),
            new Service("speech", "speech.text.synthesize", "/v1/speech/texts"),
            new Service("sound-effects", "sound-effects.effect.generate", "/v1/sound-effects"));

    private final Dice dice;
    private final String run;
    private final double[] shareUpTo;
    private long made;

    /**
     * A source of jobs.
     *
     * @param run what begins every job id, so that those of different runs differ
     */
    JobSource(WorkloadSettings settings, String run) {
        this.dice = new Dice(settings.seed());
        this.run = run;
        this.shareUpTo = zipf(settings.users());
    }

    /** The shares of users, added up: the n-th user has a share proportional to 1/n^0.6 (Zipf). */
    private static double[] zipf(int users) {
        double[] upTo = new double[users];
        double sum = 0;
        for (int i = 0; i < users; i++) {
            sum += Math.pow(i + 1, -SKEW);
            upTo[i] = sum;
        }
        for (int i = 0; i < users; i++) {
            upTo[i] /= sum;
        }
        return upTo;
    }

    Attempt next() {
        long n = made++;
        String job = run + "-" + n;
        int found = Arrays.binarySearch(shareUpTo, dice.roll("user", run, n));
        int user = Math.min(found < 0 ? -found - 1 : found, shareUpTo.length - 1);
        Service service = SERVICES.get((int) (dice.roll("service", run, n) * SERVICES.size()));
        String key = dice.roll("key", run, n) < WITH_KEY ? "key-" + job : null;
        return new Attempt("user-" + user, job, 1, service.name(), service.operation(), service.route(), key);
    }
}
