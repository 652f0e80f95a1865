package dev.redrive.config;

import dev.redrive.config.ConfigException.InvalidSetting;
import java.time.Duration;

/** Checks that records make on their values; each names the key and the range. */
final class Require {

    private Require() {}

    static void between(String key, long value, long least, long most) {
        if (value < least || value > most) {
            throw new InvalidSetting(key, value + " is out of range; write " + least + " to " + most);
        }
    }

    static void between(String key, Duration value, Duration least, Duration most) {
        if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
            throw new InvalidSetting(
                    key,
                    DurationText.format(value) + " is out of range; write " + DurationText.format(least) + " to "
                            + DurationText.format(most));
        }
    }

    static void that(boolean holds, String key, String advice) {
        if (!holds) {
            throw new InvalidSetting(key, advice);
        }
    }
}
