package dev.redrive.domain.engine;

import dev.redrive.domain.service.ServiceState;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/**
 * The latest state of each service among the tasks of one process. Each task keeps its own copy, which survives a
 * restart; it decides by the later of the two. So one probe finds the end of an outage for all tasks of a process, and a
 * test of one user's limit pays for those of all users.
 *
 * <p>Two tasks that change a state at the same instant lose one of the two changes, which costs one probe or test; so
 * does a step that is aborted after it changed a state. At most {@link #MAX_SERVICES} services are shared, further ones
 * are not. Safe for use by several threads.
 */
public final class SharedServices {

    /** Max number of services. */
    public static final int MAX_SERVICES = 1_000;

    private final ConcurrentMap<String, ServiceState> latest = new ConcurrentHashMap<>();

    /** Returns the later of a task's own state of a service and the shared one. */
    public ServiceState latest(String service, ServiceState own) {
        ServiceState shared = latest.get(service);
        return shared == null || shared.touchedAt().isBefore(own.touchedAt()) ? own : shared;
    }

    /** Stores the state of a service that a task has changed. */
    public void put(String service, ServiceState state) {
        if (latest.size() < MAX_SERVICES || latest.containsKey(service)) {
            latest.put(service, state);
        }
    }

    /** Removes the state of a service if it is the given one, which a task has removed. */
    public void remove(String service, @Nullable ServiceState state) {
        if (state != null) {
            latest.remove(service, state);
        }
    }
}
