package dev.redrive.cli;

import dev.redrive.avro.GateState;
import dev.redrive.avro.RetryRequest;
import dev.redrive.avro.ScheduledRetry;
import dev.redrive.avro.UserState;
import dev.redrive.cli.CommandFailure.Reason;
import dev.redrive.codec.JobKey;
import dev.redrive.codec.SingleObject.StoredDeserializer;
import dev.redrive.domain.backlog.Lane;
import dev.redrive.domain.backlog.Lane.Slot;
import dev.redrive.domain.gate.GateName;
import dev.redrive.state.StoreNames;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.utils.Bytes;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code redrive retries}: pending retries, and the gates that block them. */
@Command(
        name = "retries",
        description = {
            "Show pending retries: when they are due, and which gate blocks them until when.",
            "",
            "Reads the changelog of the pipeline's due queue, for which it needs the right to read the topic"
                    + " APPLICATIONID-due-changelog, and the users topic, to the ends that they have at the start. In"
                    + " the order of their due. WAITING: not due yet; BLOCKED (HELD in JSON): due, but the gate is"
                    + " closed; OVERDUE: due, and no known gate blocks it. A retry that was scheduled a moment ago may not"
                    + " be there yet.",
            "Every pending retry that was asked for takes about 200 bytes of memory while the command runs, and its"
                    + " ids; more than 1,500,000 are refused."
        },
        footer = {
            "Examples:",
            "  redrive retries --blocked-by CONCURRENCY",
            "  redrive retries --user u1 --output json | jq -r .jobId"
        })
final class RetriesCommand extends Subcommand {

    @Option(names = "--user", paramLabel = "ID", description = "Only retries of this user; reads one partition.")
    private @Nullable String user;

    @Option(
            names = "--blocked-by",
            paramLabel = "GATE",
            description = "Only retries behind this gate, due or not: ${COMPLETION-CANDIDATES}.")
    private @Nullable GateName blockedBy;

    @Option(names = "--service", paramLabel = "NAME", description = "Only retries for this service.")
    private @Nullable String service;

    @Option(names = "--operation", paramLabel = "NAME", description = "Only retries of this operation.")
    private @Nullable String operation;

    @Mixin
    private ViewOptions view = new ViewOptions();

    @Mixin
    private ConnectionOptions connection = new ConnectionOptions();

    /** The former name of {@code --blocked-by}. */
    @Option(names = "--held-by", hidden = true)
    private void heldBy(GateName gate) {
        blockedBy = gate;
    }

    @Override
    public Integer call() {
        Connection target = connection.resolve(terminal().environment());
        String applicationId =
                ConfigSource.load(connection.config, terminal().environment()).applicationId();
        Query query = new Query(
                StoreNames.changelog(applicationId, StoreNames.DUE),
                user,
                blockedBy,
                service,
                operation,
                view.max(),
                view.output,
                view.timeout);
        return new Run(terminal(), query, target, System::nanoTime).run(clients());
    }

    /**
     * Which pending retries to show.
     *
     * @param changelog the changelog topic of the due queue
     * @param user only retries of this user
     * @param blockedBy only retries behind this gate
     * @param service only retries for this service
     * @param operation only retries of this operation
     * @param max max. number of retries; the earliest dues are shown
     * @param timeout max. duration of the reading
     */
    record Query(
            String changelog,
            @Nullable String user,
            @Nullable GateName blockedBy,
            @Nullable String service,
            @Nullable String operation,
            int max,
            OutputFormat output,
            Duration timeout) {}

    /**
     * One run of {@code redrive retries}: reads the gates of users first, then the index of pending retries, then the
     * retries to show. It keeps the gates of users that have a closed one, a few hundred bytes each.
     */
    static final class Run {

        private final Terminal terminal;
        private final RetriesCommand.Query query;
        private final Connection connection;
        private final LongSupplier nanoTime;
        private final Map<String, ClosedGates> gates = new HashMap<>();
        private final PendingPlaces pending = new PendingPlaces();

        Run(Terminal terminal, RetriesCommand.Query query, Connection connection, LongSupplier nanoTime) {
            this.terminal = terminal;
            this.query = query;
            this.connection = connection;
            this.nanoTime = nanoTime;
        }

        /** Shows the retries, and returns the exit code. */
        int run(PipelineClients clients) {
            try (TopicReader.Values<UserState> users = new TopicReader.Values<>(clients, connection, UserState.class);
                    TopicReader.Values<ScheduledRetry> retries = new TopicReader.Values<>(new StoredDeserializer<>(
                            ScheduledRetry.class, clients.values(connection, ScheduledRetry.class)));
                    TopicReader reader = new TopicReader(terminal, clients, connection, query.timeout(), nanoTime)) {
                List<TopicPartition> changelog = changelog(reader);
                reader.read(
                        reader.whole(reader.partitions(connection.topics().users(), query.user())),
                        record -> learn(record, users));
                reader.read(reader.whole(changelog), record -> take(record, retries));
                List<PendingPlaces.Place> places = pending.earliest(query.max());
                show(read(places, reader, retries));
                if (places.size() < pending.size()) {
                    terminal.message("cut off: shown are the " + places.size() + " of " + pending.size()
                            + " that are due first; --max shows more");
                }
                users.reportUndecodable(terminal);
                retries.reportUndecodable(terminal);
            }
            return Subcommand.OK;
        }

        private List<TopicPartition> changelog(TopicReader reader) {
            try {
                return reader.partitions(query.changelog(), query.user());
            } catch (CommandFailure e) {
                if (e.reason() != Reason.TOPIC_UNFIT) {
                    throw e;
                }
                throw new CommandFailure(
                        Reason.TOPIC_UNFIT,
                        "the topic " + query.changelog() + " does not exist at " + connection.bootstrapServers()
                                + " (the pipeline creates it at its first start; its name begins with the applicationId of --config)",
                        e);
            }
        }

        private void learn(ConsumerRecord<byte[], byte[]> record, TopicReader.Values<UserState> users) {
            if (record.key() == null) {
                return;
            }
            String user = new String(record.key(), StandardCharsets.UTF_8);
            UserState state = record.value() == null ? null : users.read(record.topic(), record.value());
            ClosedGates closed = state == null
                    ? ClosedGates.NONE
                    : ClosedGates.of(state, terminal.clock().instant());
            if (closed.gates().isEmpty()
                    || (query.user() != null && !query.user().equals(user))) {
                gates.remove(user);
            } else {
                gates.put(user, closed);
            }
        }

        private void take(ConsumerRecord<byte[], byte[]> record, TopicReader.Values<ScheduledRetry> retries) {
            TopicPartition partition = new TopicPartition(record.topic(), record.partition());
            if (record.value() == null) {
                pending.remove(partition, record.key());
            } else if (wanted(record, retries)) {
                pending.put(partition, record.key(), record.offset());
            }
        }

        private boolean wanted(ConsumerRecord<byte[], byte[]> record, TopicReader.Values<ScheduledRetry> retries) {
            Lane lane = JobKey.laneOf(record.key());
            boolean ofLane = (query.user() == null || query.user().equals(lane.userId()))
                    && (query.service() == null || query.service().equals(lane.service()));
            if (!ofLane) {
                return false;
            }
            if (query.blockedBy() != null) {
                GateState gate = gate(lane, JobKey.slotOf(record.key()).dueAtMs());
                if (gate == null || !gate.getGate().equals(query.blockedBy().name())) {
                    return false;
                }
            }
            if (query.operation() == null) {
                return true;
            }
            ScheduledRetry retry = retries.read(record.topic(), record.value());
            return retry != null && retry.getRetry().getOperation().equals(query.operation());
        }

        /** Returns the gate that is closed for the lane at the due; a gate that opens before it does not block. */
        private @Nullable GateState gate(Lane lane, long dueAtMs) {
            return gates.getOrDefault(lane.userId(), ClosedGates.NONE)
                    .before(lane.service(), Instant.ofEpochMilli(dueAtMs));
        }

        /** Reads the records again, with their values; a retry that was released meanwhile may be missing. */
        private List<PendingRetry> read(
                List<PendingPlaces.Place> places, TopicReader reader, TopicReader.Values<ScheduledRetry> values) {
            Map<TopicPartition, TopicReader.Span> spans = new HashMap<>();
            Map<Bytes, Integer> wanted = new HashMap<>();
            for (int i = 0; i < places.size(); i++) {
                PendingPlaces.Place place = places.get(i);
                wanted.put(Bytes.wrap(place.key()), i);
                spans.merge(
                        place.partition(),
                        new TopicReader.Span(place.offset(), place.offset() + 1),
                        (a, b) -> new TopicReader.Span(Math.min(a.from(), b.from()), Math.max(a.to(), b.to())));
            }
            @Nullable PendingRetry[] found = new PendingRetry[places.size()];
            reader.read(spans, record -> {
                Integer at = record.value() == null ? null : wanted.get(Bytes.wrap(record.key()));
                if (at != null && places.get(at).offset() == record.offset()) {
                    ScheduledRetry retry = values.read(record.topic(), record.value());
                    found[at] = retry == null ? null : pending(places.get(at), retry.getRetry());
                }
            });
            return Arrays.stream(found).filter(Objects::nonNull).toList();
        }

        /** Drops the request, which may be large. */
        private PendingRetry pending(PendingPlaces.Place place, RetryRequest retry) {
            Lane lane = JobKey.laneOf(place.key());
            return new PendingRetry(
                    lane,
                    Instant.ofEpochMilli(place.slot().dueAtMs()),
                    RetryRequest.newBuilder(retry).setRequest(null).build(),
                    gate(lane, place.slot().dueAtMs()));
        }

        private void show(List<PendingRetry> retries) {
            LineOutput out = new LineOutput(terminal.out());
            Instant now = terminal.clock().instant();
            if (query.output() == OutputFormat.json) {
                retries.forEach(retry -> out.line(JsonLine.of(retry.json(now))));
            } else {
                TextTable table = new TextTable(PendingRetry.TITLES);
                retries.forEach(retry -> table.row(retry.cells(now)));
                table.lines().forEach(out::line);
            }
            out.flush();
        }
    }

    /**
     * Offsets of the last records of the pending retries in a changelog that is read from its beginning: about 200
     * bytes each plus the bytes of user, service and job, because only the end of the changelog determines which are
     * still pending. Used by one thread.
     */
    static final class PendingPlaces {

        /** Max. number of entries that fit into a small heap. */
        static final int MAX_ENTRIES = 1_500_000;

        private final Map<TopicPartition, Map<Bytes, Long>> offsets = new HashMap<>();
        private int size;

        /**
         * The last record of one pending retry.
         *
         * @param key its key: the position in the due queue
         * @param slot due and job at that position
         */
        record Place(TopicPartition partition, long offset, byte[] key, Slot slot) {

            private static final Comparator<Place> ORDER = Comparator.comparing(Place::slot)
                    .thenComparing(place -> place.partition().partition())
                    .thenComparing(Place::offset);
        }

        /** @throws CommandFailure if there are more than {@link #MAX_ENTRIES} */
        void put(TopicPartition partition, byte[] key, long offset) {
            Long before = offsets.computeIfAbsent(partition, missing -> new HashMap<>())
                    .put(Bytes.wrap(key), offset);
            size += before == null ? 1 : 0;
            if (size > MAX_ENTRIES) {
                throw new CommandFailure(
                        Reason.TOO_MANY,
                        "more than " + MAX_ENTRIES + " retries are pending; name one user, service or operation");
            }
        }

        void remove(TopicPartition partition, byte[] key) {
            Map<Bytes, Long> known = offsets.get(partition);
            if (known != null && known.remove(Bytes.wrap(key)) != null) {
                size--;
            }
        }

        int size() {
            return size;
        }

        /** Returns the places with the earliest dues, in that order. */
        List<Place> earliest(int max) {
            PriorityQueue<Place> latestFirst = new PriorityQueue<>(Place.ORDER.reversed());
            offsets.forEach((partition, places) -> places.forEach((key, offset) -> {
                latestFirst.add(new Place(partition, offset, key.get(), JobKey.slotOf(key.get())));
                if (latestFirst.size() > max) {
                    latestFirst.remove();
                }
            }));
            List<Place> places = new ArrayList<>(latestFirst);
            places.sort(Place.ORDER);
            return places;
        }
    }

    /**
     * A pending retry as it is shown.
     *
     * @param lane user, service and priority
     * @param dueAt its due in the queue; a command may have moved it
     * @param retry the retry to release
     * @param gate the gate that it is behind; {@code null} for none
     */
    record PendingRetry(
            Lane lane,
            Instant dueAt,
            RetryRequest retry,
            @Nullable GateState gate) {

        private static final String DUE = "DUE";

        static final String[] TITLES = {
            "DUE",
            "STATE",
            "USER",
            "JOB",
            "ATTEMPT",
            "SERVICE",
            "OPERATION",
            "PRIORITY",
            "CLASS",
            "CODE",
            "GATE",
            "WAITS FOR",
            "UNTIL"
        };

        /** Whether it can be released. */
        enum State {
            /** It is not due. */
            WAITING,
            /** It is due, and blocked by a gate. */
            BLOCKED,
            /** It is due, and no closed gate is known. */
            OVERDUE;

            /** Returns its name in JSON, which is the former name of {@link #BLOCKED}. */
            String json() {
                return this == BLOCKED ? "HELD" : name();
            }
        }

        State state(Instant now) {
            if (dueAt.isAfter(now)) {
                return State.WAITING;
            }
            return gate == null ? State.OVERDUE : State.BLOCKED;
        }

        Object[] cells(Instant now) {
            return new Object[] {
                TextTable.cell(dueAt),
                state(now),
                lane.userId(),
                retry.getJobId(),
                retry.getAttempt(),
                lane.service(),
                retry.getOperation(),
                lane.priority(),
                retry.getFailureClass(),
                TextTable.cell(retry.getCode()),
                TextTable.cell(gate == null ? null : gate.getGate()),
                TextTable.cell(waitsFor(now)),
                TextTable.cell(until(now))
            };
        }

        /** Returns the event that releases it or opens its gate; {@code null} if no blocker is known. */
        private @Nullable String waitsFor(Instant now) {
            if (dueAt.isAfter(now)) {
                return DUE;
            }
            return gate == null ? null : gate.getOpening();
        }

        private @Nullable Instant until(Instant now) {
            if (dueAt.isAfter(now)) {
                return dueAt;
            }
            return gate == null ? null : ClosedGates.until(gate, now);
        }

        Map<String, Object> json(Instant now) {
            Map<String, Object> values = new LinkedHashMap<>();
            values.put("dueAt", TextTable.cell(dueAt));
            values.put("state", state(now).json());
            values.put("overdueMs", Math.max(0, now.toEpochMilli() - dueAt.toEpochMilli()));
            values.put("userId", lane.userId());
            values.put("jobId", retry.getJobId());
            values.put("attempt", retry.getAttempt());
            values.put("service", lane.service());
            values.put("operation", retry.getOperation());
            values.put("priority", lane.priority());
            values.put("failureClass", retry.getFailureClass());
            values.put("code", retry.getCode());
            values.put("httpStatus", retry.getHttpStatus());
            values.put("gate", gate == null ? null : gate.getGate());
            values.put("heldSince", gate == null ? null : TextTable.cell(gate.getSince()));
            values.put("heldUntil", text(gate == null ? null : ClosedGates.until(gate, now)));
            values.put("waitsFor", waitsFor(now));
            values.put("waitsUntil", text(until(now)));
            return values;
        }

        private static @Nullable String text(@Nullable Instant instant) {
            return instant == null ? null : TextTable.cell(instant);
        }
    }
}
