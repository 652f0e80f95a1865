package dev.redrive.cli;

import dev.redrive.avro.UserState;
import dev.redrive.codec.NaturalJson;
import dev.redrive.domain.gate.GateName;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/**
 * One run of {@code redrive users}. It holds the encoded states of at most twice as many users as it shows: about a
 * kilobyte each, up to 30 where windows of several services are full of calls. The room to spare is for those who are seen
 * and then found to be gone, or not held any more.
 */
final class UsersRun {

    private final Terminal terminal;
    private final UsersQuery query;
    private final Connection connection;
    private final LongSupplier nanoTime;
    private final TreeMap<String, byte[]> states = new TreeMap<>();
    private boolean seen;
    private @Nullable String forgottenFrom;

    UsersRun(Terminal terminal, UsersQuery query, Connection connection, LongSupplier nanoTime) {
        this.terminal = terminal;
        this.query = query;
        this.connection = connection;
        this.nanoTime = nanoTime;
    }

    /** Shows the users, and returns the exit code. */
    int run(PipelineClients clients) {
        String topic = connection.topics().users();
        try (RecordValues<UserState> values = new RecordValues<>(clients, connection, UserState.class);
                TopicReader reader = new TopicReader(terminal, clients, connection, query.timeout(), nanoTime)) {
            reader.read(reader.whole(reader.partitions(topic, query.user())), record -> take(record, values));
            show(topic, values);
            values.tellUndecodable(terminal);
        }
        return Subcommand.OK;
    }

    private void take(ConsumerRecord<byte[], byte[]> record, RecordValues<UserState> values) {
        if (record.key() == null) {
            return;
        }
        String user = new String(record.key(), StandardCharsets.UTF_8);
        if (query.user() != null && !query.user().equals(user)) {
            return;
        }
        seen = record.value() != null;
        if (record.value() == null || !held(record, values)) {
            states.remove(user);
            return;
        }
        if (forgottenFrom == null || user.compareTo(forgottenFrom) < 0) {
            states.put(user, record.value());
        }
        if (states.size() > 2 * query.max()) {
            forgottenFrom = states.lastKey();
            states.remove(forgottenFrom);
        }
    }

    private boolean held(ConsumerRecord<byte[], byte[]> record, RecordValues<UserState> values) {
        GateName gate = query.heldBy();
        if (gate == null) {
            return true;
        }
        UserState state = values.read(record.topic(), record.value());
        return state != null
                && ClosedGates.of(state, terminal.clock().instant()).of(gate).stream()
                        .anyMatch(closed -> closed.getHeld() > 0);
    }

    private void show(String topic, RecordValues<UserState> values) {
        if (query.user() != null && states.isEmpty()) {
            throw new CommandFailure(
                    Reason.NOT_FOUND,
                    seen ? "the user is not held by " + query.heldBy() : "nothing is known of a user with this id");
        }
        boolean cutOff = forgottenFrom != null || states.size() > query.max();
        while (states.size() > query.max()) {
            states.pollLastEntry();
        }
        List<UserState> users = new ArrayList<>(states.size());
        LineOutput out = new LineOutput(terminal.out());
        NaturalJson json = new NaturalJson();
        for (byte[] state : states.values()) {
            UserState user = values.read(topic, state);
            if (user == null) {
                continue;
            }
            if (query.output() == OutputFormat.json) {
                out.line(json.write(user));
            } else if (query.user() != null) {
                UserText.detail(user, terminal.clock().instant()).forEach(out::line);
            } else {
                users.add(user);
            }
        }
        if (query.output() == OutputFormat.table && query.user() == null) {
            UserText.list(users, terminal.clock().instant()).forEach(out::line);
        }
        out.flush();
        if (cutOff) {
            terminal.message("cut off: shown are the first " + states.size() + " users by id; --max shows more");
        }
    }
}
