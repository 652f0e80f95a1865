package dev.redrive.sim;

/** The services of the simulated API, each with its own rate window per user. */
public enum Service {
    MUSIC("music", "music.song.generate", "/v1/music/songs"),
    SPEECH("speech", "speech.text.synthesize", "/v1/speech/texts"),
    SOUND_EFFECTS("sound-effects", "sound-effects.effect.generate", "/v1/sound-effects"),
    /** Any other service name. */
    OTHER("other", "other", "/v1/other");

    private static final Service[] ALL = values();

    /** Number of services that a workload uses: all except the last. */
    public static final int KNOWN = ALL.length - 1;

    private final String category;
    private final String operation;
    private final String route;

    Service(String category, String operation, String route) {
        this.category = category;
        this.operation = operation;
        this.route = route;
    }

    public String category() {
        return category;
    }

    public String operation() {
        return operation;
    }

    public String route() {
        return route;
    }

    /** Returns one of the known services, by a number from 0 to 1. */
    public static Service by(double number) {
        return ALL[(int) (number * KNOWN)];
    }

    static Service at(int ordinal) {
        return ALL[ordinal];
    }

    /** Returns the service of a category; {@link #OTHER} for an unknown one. */
    public static Service of(String category) {
        for (Service service : ALL) {
            if (service.category.equals(category)) {
                return service;
            }
        }
        return OTHER;
    }
}
