package dev.redrive.cli;

import dev.redrive.avro.GateState;
import dev.redrive.avro.RetryRequest;
import dev.redrive.avro.ScheduledRetry;
import dev.redrive.avro.UserState;
import dev.redrive.codec.JobKey;
import dev.redrive.codec.SingleObject.StoredDeserializer;
import dev.redrive.domain.backlog.Lane;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.utils.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * One run of {@code redrive retries}: the gates of users first, then which retries are pending, then those that are shown.
 * Of users it holds the gates of those who are held, a few hundred bytes each.
 */
final class RetriesRun {

    private final Terminal terminal;
    private final RetriesQuery query;
    private final Connection connection;
    private final LongSupplier nanoTime;
    private final Map<String, ClosedGates> gates = new HashMap<>();
    private final PendingPlaces pending = new PendingPlaces();

    RetriesRun(Terminal terminal, RetriesQuery query, Connection connection, LongSupplier nanoTime) {
        this.terminal = terminal;
        this.query = query;
        this.connection = connection;
        this.nanoTime = nanoTime;
    }

    /** Shows the retries, and returns the exit code. */
    int run(PipelineClients clients) {
        try (RecordValues<UserState> users = new RecordValues<>(clients, connection, UserState.class);
                RecordValues<ScheduledRetry> retries = new RecordValues<>(new StoredDeserializer<>(
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
            users.tellUndecodable(terminal);
            retries.tellUndecodable(terminal);
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
                            + " (the pipeline makes it at its first start; --config tells its applicationId)",
                    e);
        }
    }

    private void learn(ConsumerRecord<byte[], byte[]> record, RecordValues<UserState> users) {
        if (record.key() == null) {
            return;
        }
        String user = new String(record.key(), StandardCharsets.UTF_8);
        UserState state = record.value() == null ? null : users.read(record.topic(), record.value());
        ClosedGates closed = state == null
                ? ClosedGates.NONE
                : ClosedGates.of(state, terminal.clock().instant());
        if (closed.gates().isEmpty() || (query.user() != null && !query.user().equals(user))) {
            gates.remove(user);
        } else {
            gates.put(user, closed);
        }
    }

    private void take(ConsumerRecord<byte[], byte[]> record, RecordValues<ScheduledRetry> retries) {
        TopicPartition partition = new TopicPartition(record.topic(), record.partition());
        if (record.value() == null) {
            pending.remove(partition, record.key());
        } else if (wanted(record, retries)) {
            pending.put(partition, record.key(), record.offset());
        }
    }

    private boolean wanted(ConsumerRecord<byte[], byte[]> record, RecordValues<ScheduledRetry> retries) {
        Lane lane = JobKey.laneOf(record.key());
        boolean ofLane = (query.user() == null || query.user().equals(lane.userId()))
                && (query.service() == null || query.service().equals(lane.service()));
        if (!ofLane) {
            return false;
        }
        if (query.heldBy() != null) {
            GateState gate = gate(lane, JobKey.slotOf(record.key()).dueAtMs());
            if (gate == null || !gate.getGate().equals(query.heldBy().name())) {
                return false;
            }
        }
        if (query.operation() == null) {
            return true;
        }
        ScheduledRetry retry = retries.read(record.topic(), record.value());
        return retry != null && retry.getRetry().getOperation().equals(query.operation());
    }

    /** The gate that is closed for it at its due; one that opens before that does not keep it. */
    private @Nullable GateState gate(Lane lane, long dueAtMs) {
        return gates.getOrDefault(lane.userId(), ClosedGates.NONE)
                .before(lane.service(), Instant.ofEpochMilli(dueAtMs));
    }

    /** Reads them again, this time with what they hold; one that was released meanwhile may be gone. */
    private List<PendingRetry> read(
            List<PendingPlaces.Place> places, TopicReader reader, RecordValues<ScheduledRetry> values) {
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

    /** Without the request, which may be large. */
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
