package dev.redrive.dev;

import java.util.LinkedHashMap;
import java.util.Map;

/** A map that forgets what was not used for longest, so that it never holds more than a given number. */
final class RecentMap<K, V> extends LinkedHashMap<K, V> {

    private final int most;

    RecentMap(int most) {
        super(16, 0.75f, true);
        this.most = most;
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
        return size() > most;
    }
}
