package dev.redrive.state;

import dev.redrive.codec.JobKey;
import dev.redrive.codec.SingleObject;
import dev.redrive.codec.avro.HoldMemory;
import dev.redrive.codec.avro.OpenCommandMemory;
import dev.redrive.domain.engine.Ports;
import dev.redrive.domain.engine.Ports.CommandProgress;
import dev.redrive.domain.engine.Ports.Source;
import dev.redrive.domain.event.Input.BulkCommand;
import dev.redrive.domain.event.Input.JobCommand;
import dev.redrive.domain.event.JobRef;
import dev.redrive.domain.gate.Hold;
import dev.redrive.domain.gate.Holds;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * The commands in progress about many jobs, cached on the heap; a command is removed when it has ended. A user whose
 * allowance was refilled has at most one redrive. It also stores the holds, which the engine keeps on the heap.
 */
public final class CommandStore implements Ports.Commands {

    private static final String PREFIX = "open-command/";
    private static final String HOLD_PREFIX = "hold/";

    private final KeyValueStore<Bytes, byte[]> marks;
    private final Map<String, CommandProgress> open = new LinkedHashMap<>();

    /** Creates a view of the marks. */
    public CommandStore(KeyValueStore<Bytes, byte[]> marks) {
        this.marks = marks;
        List<CommandProgress> found = new ArrayList<>();
        visit(PREFIX, value -> found.add(CommandProgressCodec.decode(value)));
        found.sort(Comparator.comparing(CommandProgress::readAt));
        found.forEach(command -> open.put(name(command.command()), command));
    }

    private void visit(String prefix, Consumer<byte[]> visitor) {
        byte[] first = prefix.getBytes(StandardCharsets.UTF_8);
        try (KeyValueIterator<Bytes, byte[]> entries =
                marks.range(Bytes.wrap(first), Bytes.wrap(JobKey.behind(first)))) {
            entries.forEachRemaining(entry -> visitor.accept(entry.value));
        }
    }

    @Override
    public Holds holds() {
        List<Hold> found = new ArrayList<>();
        visit(HOLD_PREFIX, value -> found.add(HoldCodec.decode(value)));
        found.sort(Comparator.comparing(Hold::since));
        return new Holds(found);
    }

    @Override
    public void put(Hold hold) {
        marks.put(key(HOLD_PREFIX + hold.commandId()), HoldCodec.encode(hold));
    }

    @Override
    public void remove(Hold hold) {
        marks.put(key(HOLD_PREFIX + hold.commandId()), null);
    }

    @Override
    public int size() {
        return open.size();
    }

    @Override
    public int ofPeople() {
        int count = 0;
        for (CommandProgress other : open.values()) {
            count += redrives(other.command()) ? 0 : 1;
        }
        return count;
    }

    @Override
    public boolean contains(BulkCommand command) {
        return open.containsKey(name(command));
    }

    @Override
    public @Nullable CommandProgress redriveOf(String userId) {
        return open.get(redriveName(userId));
    }

    /** Stores the start or progress of a command. A redrive replaces an earlier one of its user. */
    @Override
    public void put(CommandProgress command) {
        String name = name(command.command());
        open.put(name, command);
        marks.put(key(name), CommandProgressCodec.encode(command));
    }

    @Override
    public void remove(CommandProgress command) {
        String name = name(command.command());
        open.remove(name);
        marks.put(key(name), null);
    }

    @Override
    public CommandProgress turn() {
        Iterator<Map.Entry<String, CommandProgress>> all = open.entrySet().iterator();
        Map.Entry<String, CommandProgress> first = all.next();
        String name = first.getKey();
        CommandProgress command = first.getValue();
        all.remove();
        open.put(name, command);
        return command;
    }

    private static String name(BulkCommand command) {
        return redrives(command) ? redriveName(command.userId()) : PREFIX + "command/" + command.commandId();
    }

    private static String redriveName(String userId) {
        return PREFIX + "redrive/" + userId;
    }

    private static boolean redrives(BulkCommand command) {
        return command.kind() == JobCommand.Kind.REDRIVE;
    }

    private static Bytes key(String name) {
        return Bytes.wrap(name.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Encodes a hold in Avro's single-object encoding, without the count of its ramp.
     *
     * <p>Stateless and safe for use by several threads.
     */
    public static final class HoldCodec {

        private static final SingleObject<HoldMemory> FORMAT = new SingleObject<>(HoldMemory.class);

        private HoldCodec() {}

        public static byte[] encode(Hold hold) {
            Instant endedAt = hold.endedAt();
            return FORMAT.encode(new HoldMemory(
                    hold.commandId(),
                    hold.scope().userId(),
                    hold.scope().service(),
                    hold.scope().operation(),
                    hold.reason(),
                    hold.since().toEpochMilli(),
                    hold.until().toEpochMilli(),
                    endedAt == null ? null : endedAt.toEpochMilli()));
        }

        /**
         * Decodes a hold.
         *
         * @throws UncheckedIOException if the bytes are not a hold
         */
        public static Hold decode(byte[] bytes) {
            HoldMemory memory = FORMAT.decode(bytes);
            Long endedAtMs = memory.getEndedAt();
            return new Hold(
                    memory.getCommandId(),
                    new Hold.Scope(memory.getUserId(), memory.getService(), memory.getOperation()),
                    memory.getReason(),
                    Instant.ofEpochMilli(memory.getSince()),
                    Instant.ofEpochMilli(memory.getUntil()),
                    endedAtMs == null ? null : Instant.ofEpochMilli(endedAtMs),
                    0,
                    0);
        }
    }

    /**
     * Encodes the progress of a command in Avro's single-object encoding.
     *
     * <p>Stateless and safe for use by several threads.
     */
    public static final class CommandProgressCodec {

        private static final SingleObject<OpenCommandMemory> FORMAT = new SingleObject<>(OpenCommandMemory.class);

        private CommandProgressCodec() {}

        public static byte[] encode(CommandProgress open) {
            BulkCommand command = open.command();
            Source source = open.source();
            JobRef after = open.after();
            return FORMAT.encode(new OpenCommandMemory(
                    command.commandId(),
                    command.kind().name(),
                    command.userId(),
                    command.operation(),
                    open.readAt().toEpochMilli(),
                    after == null ? "" : after.userId(),
                    after == null ? "" : after.jobId(),
                    open.jobs(),
                    source.topic(),
                    source.partition(),
                    source.offset()));
        }

        /**
         * Decodes the progress of a command.
         *
         * @throws UncheckedIOException if the bytes are not such a progress
         */
        public static CommandProgress decode(byte[] bytes) {
            OpenCommandMemory memory = FORMAT.decode(bytes);
            BulkCommand command = new BulkCommand(
                    memory.getCommandId(),
                    JobCommand.Kind.valueOf(memory.getKind()),
                    memory.getUserId(),
                    memory.getOperation());
            Source source = new Source(memory.getTopic(), memory.getPartition(), memory.getOffset());
            JobRef after = memory.getAfterUserId().isEmpty()
                    ? null
                    : new JobRef(memory.getAfterUserId(), memory.getAfterJobId());
            return new CommandProgress(
                    command, source, Instant.ofEpochMilli(memory.getReadAt()), after, memory.getJobs());
        }
    }
}
