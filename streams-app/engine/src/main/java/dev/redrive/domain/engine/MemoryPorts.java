package dev.redrive.domain.engine;

import dev.redrive.domain.backlog.Lane;
import dev.redrive.domain.backlog.Lane.Slot;
import dev.redrive.domain.engine.Ports.CommandProgress;
import dev.redrive.domain.event.Input.BulkCommand;
import dev.redrive.domain.event.JobRef;
import dev.redrive.domain.gate.Hold;
import dev.redrive.domain.gate.Holds;
import dev.redrive.domain.lifecycle.JobState;
import dev.redrive.domain.service.ServiceState;
import dev.redrive.domain.user.UserState;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * State in memory, for an engine without persistence: simulations and tests. It accepts no commands about many jobs and
 * keeps no failures for redrives. Nothing in it expires, so its memory grows with the jobs. One thread owns it.
 *
 * @param <C> the context of an input
 */
public final class MemoryPorts<C> {

    private final Map<JobRef, JobState> jobs = new HashMap<>();
    private final Map<String, UserState> users = new HashMap<>();
    private final Map<String, ServiceState> services = new HashMap<>();
    private final SharedServices shared;
    private final Leases leases = new Leases();
    private final Due due = new Due();

    /** Creates the state of the only task of a process. */
    public MemoryPorts() {
        this(new SharedServices());
    }

    /** Creates the state of one task of a process, whose tasks share what they know of services. */
    public MemoryPorts(SharedServices shared) {
        this.shared = shared;
    }

    /** Returns the ports of an engine; rates are not counted. */
    public Ports<C> with(Ports.Outputs<C> outputs, Ports.Observer observer) {
        return new Ports<>(
                new Jobs(),
                new Users(),
                new Services(),
                leases,
                due,
                (count, now) -> {},
                new NoFailures<>(),
                new NoCommands(),
                outputs,
                observer);
    }

    /** Returns the job's state. */
    public JobState job(JobRef job) {
        return jobs.getOrDefault(job, JobState.Unseen.INSTANCE);
    }

    /** Returns the user's state. */
    public UserState user(String userId) {
        return users.getOrDefault(userId, UserState.NEW);
    }

    /** Returns when the next lease ends, epoch milliseconds; {@code Long.MAX_VALUE} if there is none. */
    public long nextLeaseEndMs() {
        return leases.byEnd.isEmpty()
                ? Long.MAX_VALUE
                : leases.byEnd.first().endsAt().toEpochMilli();
    }

    private final class Jobs implements Ports.Jobs {

        @Override
        public JobState get(JobRef job) {
            return job(job);
        }

        @Override
        public void put(JobRef job, JobState state) {
            jobs.put(job, state);
        }

        @Override
        public List<Ports.KnownJob> next(String userId, @Nullable JobRef after, int maxJobs) {
            return List.of();
        }
    }

    private final class Users implements Ports.Users {

        @Override
        public UserState get(String userId) {
            return user(userId);
        }

        @Override
        public void put(String userId, UserState state) {
            users.put(userId, state);
        }

        @Override
        public void touch(String userId) {}
    }

    private final class Services implements Ports.Services {

        @Override
        public ServiceState get(String service) {
            return shared.latest(service, services.getOrDefault(service, ServiceState.NEW));
        }

        @Override
        public void put(String service, ServiceState state) {
            services.put(service, state);
            shared.put(service, state);
        }
    }

    private static final class Leases implements Ports.Leases {

        private final TreeSet<Ports.Lease> byEnd = new TreeSet<>(Comparator.comparing(Ports.Lease::endsAt)
                .thenComparing(lease -> lease.job().userId())
                .thenComparing(lease -> lease.job().jobId()));

        @Override
        public void add(Ports.Lease lease) {
            byEnd.remove(lease);
            byEnd.add(lease);
        }

        @Override
        public void remove(JobRef job, Instant endsAt) {
            byEnd.remove(place(job, endsAt));
        }

        @Override
        public boolean contains(JobRef job, Instant endsAt) {
            return byEnd.contains(place(job, endsAt));
        }

        private static Ports.Lease place(JobRef job, Instant endsAt) {
            return new Ports.Lease(job, endsAt, "", false);
        }

        @Override
        public List<Ports.Lease> takeEnded(long nowMs, int maxLeases) {
            List<Ports.Lease> ended = new ArrayList<>();
            Iterator<Ports.Lease> first = byEnd.iterator();
            while (ended.size() < maxLeases && first.hasNext()) {
                Ports.Lease lease = first.next();
                if (lease.endsAt().toEpochMilli() > nowMs) {
                    break;
                }
                first.remove();
                ended.add(lease);
            }
            return ended;
        }
    }

    private final class Due implements Ports.DueIndex<C> {

        private final Map<Lane, NavigableSet<Slot>> lanes = new HashMap<>();

        @Override
        public void add(Lane lane, long dueAtMs, JobRef job, C context) {
            slots(lane).add(new Slot(dueAtMs, job.jobId()));
        }

        @Override
        public void remove(Lane lane, long dueAtMs, JobRef job) {
            NavigableSet<Slot> slots = lanes.get(lane);
            if (slots != null && slots.remove(new Slot(dueAtMs, job.jobId())) && slots.isEmpty()) {
                lanes.remove(lane);
            }
        }

        @Override
        public boolean move(Lane lane, JobRef job, long fromMs, long toMs) {
            return slots(lane).remove(new Slot(fromMs, job.jobId()))
                    && slots(lane).add(new Slot(toMs, job.jobId()));
        }

        private NavigableSet<Slot> slots(Lane lane) {
            return lanes.computeIfAbsent(lane, added -> new TreeSet<>());
        }

        @Override
        public @Nullable String operation(Lane lane, long dueAtMs, JobRef job) {
            return slots(lane).contains(new Slot(dueAtMs, job.jobId())) ? "" : null;
        }

        @Override
        public List<Slot> next(Lane lane, @Nullable Slot after, int max) {
            NavigableSet<Slot> slots = lanes.getOrDefault(lane, new TreeSet<>());
            List<Slot> next = new ArrayList<>();
            for (Slot slot : after == null ? slots : slots.tailSet(after, false)) {
                if (next.size() == max) {
                    break;
                }
                next.add(slot);
            }
            return next;
        }

        @Override
        public void lanes(BiConsumer<Lane, Slot> visitor) {
            lanes.forEach((lane, slots) -> {
                if (!slots.isEmpty()) {
                    visitor.accept(lane, slots.first());
                }
            });
        }
    }

    /** Keeps nothing. */
    private static final class NoFailures<C> implements Ports.KeptFailures<C> {

        @Override
        public Set<String> users() {
            return Set.of();
        }

        @Override
        public boolean contains(String userId) {
            return false;
        }

        @Override
        public boolean full(String userId) {
            return false;
        }

        @Override
        public void keep(JobRef job, C context, Instant now) {}

        @Override
        public void remove(JobRef job) {}

        @Override
        public List<Ports.Kept> next(String userId, @Nullable JobRef after, int maxJobs) {
            return List.of();
        }

        @Override
        public Ports.@Nullable Restored<C> restore(Ports.Kept kept, CommandProgress open, Instant now) {
            return null;
        }

        @Override
        public void quarantine(Ports.Kept kept, RuntimeException cause, Instant now) {
            throw cause;
        }
    }

    /** Never has a command about many jobs. Stores no hold: the engine has them. */
    private static final class NoCommands implements Ports.Commands {

        @Override
        public int size() {
            return 0;
        }

        @Override
        public int ofPeople() {
            return 0;
        }

        @Override
        public boolean contains(BulkCommand command) {
            return false;
        }

        @Override
        public CommandProgress turn() {
            throw new IllegalStateException("no command is open");
        }

        @Override
        public @Nullable CommandProgress redriveOf(String userId) {
            return null;
        }

        @Override
        public void put(CommandProgress command) {
            throw new UnsupportedOperationException("no commands about many jobs are taken");
        }

        @Override
        public void remove(CommandProgress command) {}

        @Override
        public Holds holds() {
            return Holds.NONE;
        }

        @Override
        public void put(Hold hold) {}

        @Override
        public void remove(Hold hold) {}
    }
}
