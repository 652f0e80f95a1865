package dev.redrive.cli;

import dev.redrive.avro.GateState;
import dev.redrive.avro.LastFailure;
import dev.redrive.avro.QuotaState;
import dev.redrive.avro.RateWindowState;
import dev.redrive.avro.UserState;
import dev.redrive.cli.CommandFailure.Reason;
import dev.redrive.codec.NaturalJson;
import dev.redrive.domain.gate.GateName;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code redrive users}: shows the state of users. */
@Command(
        name = "users",
        description = {
            "Show the state of users: active jobs, quota, and how many retries each gate blocks.",
            "",
            "Reads the users topic to the end that it has at the start. One line a user, in the order of their ids; of"
                    + " one user alone the whole state. A gate is shown with the number of pending retries behind it, due"
                    + " or not, since when it is closed, and when it is asked again at the latest; where that has passed,"
                    + " it was asked and stays closed.",
            "",
            "A limit is REPORTED by the API or an account change, OBSERVED as the number of active jobs or calls at a"
                    + " refusal, or GUESSED. Limits are tested now and then by single retries beyond them. Where ends of"
                    + " jobs are not reported, slots are released by the job length, which is learned from refusals. The"
                    + " quota of a user who cannot spend is probed by single retries."
        },
        footer = {
            "Examples:",
            "  redrive users --blocked-by QUOTA",
            "  redrive users u1",
            "  redrive users --output json | jq 'select(.pendingRetries > 0) | .userId'"
        })
final class UsersCommand extends Subcommand {

    @Parameters(paramLabel = "USER", arity = "0..1", description = "Only this user, with the whole state.")
    private @Nullable String user;

    @Option(
            names = "--blocked-by",
            paramLabel = "GATE",
            description = "Only users with retries behind this gate, due or not: ${COMPLETION-CANDIDATES}.")
    private @Nullable GateName blockedBy;

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
        Query query = new Query(user, blockedBy, view.max(), view.output, view.timeout);
        return new Run(terminal(), query, connection.resolve(terminal().environment()), System::nanoTime)
                .run(clients());
    }

    /**
     * Which users to show.
     *
     * @param user only this user, with all details
     * @param blockedBy only users with retries behind this gate
     * @param max max. number of users
     * @param timeout max. duration of the reading
     */
    record Query(@Nullable String user, @Nullable GateName blockedBy, int max, OutputFormat output, Duration timeout) {}

    /**
     * One run of {@code redrive users}. It keeps the encoded states of max. twice as many users as it shows: about 1 kB
     * each, up to 30 kB where the windows of several services are full. The reserve covers users that a later record
     * removes or that are no longer behind a gate.
     */
    static final class Run {

        private final Terminal terminal;
        private final UsersCommand.Query query;
        private final Connection connection;
        private final LongSupplier nanoTime;
        private final TreeMap<String, byte[]> states = new TreeMap<>();
        private boolean seen;
        private @Nullable String forgottenFrom;

        Run(Terminal terminal, UsersCommand.Query query, Connection connection, LongSupplier nanoTime) {
            this.terminal = terminal;
            this.query = query;
            this.connection = connection;
            this.nanoTime = nanoTime;
        }

        /** Shows the users, and returns the exit code. */
        int run(PipelineClients clients) {
            String topic = connection.topics().users();
            try (TopicReader.Values<UserState> values = new TopicReader.Values<>(clients, connection, UserState.class);
                    TopicReader reader = new TopicReader(terminal, clients, connection, query.timeout(), nanoTime)) {
                reader.read(reader.whole(reader.partitions(topic, query.user())), record -> take(record, values));
                show(topic, values);
                values.reportUndecodable(terminal);
            }
            return Subcommand.OK;
        }

        private void take(ConsumerRecord<byte[], byte[]> record, TopicReader.Values<UserState> values) {
            if (record.key() == null) {
                return;
            }
            String user = new String(record.key(), StandardCharsets.UTF_8);
            if (query.user() != null && !query.user().equals(user)) {
                return;
            }
            seen = record.value() != null;
            if (record.value() == null || !behindGate(record, values)) {
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

        private boolean behindGate(ConsumerRecord<byte[], byte[]> record, TopicReader.Values<UserState> values) {
            GateName gate = query.blockedBy();
            if (gate == null) {
                return true;
            }
            UserState state = values.read(record.topic(), record.value());
            return state != null
                    && ClosedGates.of(state, terminal.clock().instant()).of(gate).stream()
                            .anyMatch(closed -> closed.getHeld() > 0);
        }

        private void show(String topic, TopicReader.Values<UserState> values) {
            if (query.user() != null && states.isEmpty()) {
                throw new CommandFailure(
                        Reason.NOT_FOUND,
                        seen
                                ? "the user has no retry behind " + query.blockedBy()
                                : "there is no state of a user with this id");
            }
            boolean cutOff = forgottenFrom != null || states.size() > query.max();
            while (states.size() > query.max()) {
                states.pollLastEntry();
            }
            LineOutput out = new LineOutput(terminal.out());
            show(topic, values, out);
            out.flush();
            if (cutOff) {
                terminal.message("cut off: shown are the first " + states.size() + " users by id; --max shows more");
            }
        }

        private void show(String topic, TopicReader.Values<UserState> values, LineOutput out) {
            List<UserState> users = new ArrayList<>(states.size());
            NaturalJson json = new NaturalJson();
            for (byte[] state : states.values()) {
                UserState user = values.read(topic, state);
                if (user == null) {
                    continue;
                }
                if (query.output() == OutputFormat.json) {
                    out.line(json.write(user));
                } else if (query.user() != null) {
                    Text.detail(user, terminal.clock().instant()).forEach(out::line);
                } else {
                    users.add(user);
                }
            }
            if (query.output() == OutputFormat.table && query.user() == null) {
                Text.list(users, terminal.clock().instant()).forEach(out::line);
            }
        }
    }

    /** Formats the state of users as text. */
    static final class Text {

        private static final String OPEN = "open";

        private Text() {}

        /** Returns one line per user, after the titles. */
        static List<String> list(List<UserState> users, Instant now) {
            List<String> titles = new ArrayList<>(List.of("USER", "ACTIVE", "QUOTA STATE", "PENDING"));
            for (GateName gate : GateName.values()) {
                titles.add(gate.name());
            }
            titles.add("LAST FAILURE");
            TextTable table = new TextTable(titles.toArray(String[]::new));
            for (UserState user : users) {
                ClosedGates closed = ClosedGates.of(user, now);
                List<Object> cells =
                        new ArrayList<>(List.of(user.getUserId(), active(user), quota(user), user.getPendingRetries()));
                for (GateName gate : GateName.values()) {
                    cells.add(gate(closed.of(gate), now));
                }
                LastFailure last = user.getLastFailure();
                cells.add(TextTable.cell(last == null ? null : last.getFailureClass()));
                table.row(cells.toArray());
            }
            return table.lines();
        }

        private static String gate(List<GateState> closed, Instant now) {
            if (closed.isEmpty()) {
                return OPEN;
            }
            StringJoiner text = new StringJoiner("; ");
            for (GateState gate : closed) {
                String service = gate.getService() == null ? "" : " of " + gate.getService();
                Instant until = ClosedGates.until(gate, now);
                text.add("blocks " + gate.getHeld() + service + " since " + TextTable.cell(gate.getSince()) + " until "
                        + TextTable.cell(until == null ? gate.getOpening() : until));
            }
            return text.toString();
        }

        private static String active(UserState user) {
            Integer limit = user.getConcurrencyLimit();
            return user.getActiveJobs() + "/" + (limit == null ? "?" : limit);
        }

        private static String quota(UserState user) {
            QuotaState quota = user.getQuota();
            return quota.getStatus()
                    + (quota.getReason() == null ? "" : " " + quota.getReason())
                    + (quota.getResetAt() == null ? "" : ", reset " + TextTable.cell(quota.getResetAt()));
        }

        /** Returns all details of one user. */
        static List<String> detail(UserState user, Instant now) {
            List<String> lines = new ArrayList<>();
            facts(user)
                    .forEach((name, value) ->
                            lines.add(String.format("%-16s %s", name, value).stripTrailing()));
            lines.add("");
            lines.addAll(gates(user, now));
            if (!user.getRateWindows().isEmpty()) {
                lines.add("");
                lines.addAll(windows(user));
            }
            return lines;
        }

        private static Map<String, String> facts(UserState user) {
            Map<String, String> facts = new LinkedHashMap<>();
            facts.put("user", user.getUserId());
            facts.put("updated", TextTable.cell(user.getUpdatedAt()));
            facts.put(
                    "active/limit",
                    active(user)
                            + optional(", limit learned ", user.getConcurrencyLimitAt())
                            + optional(", ", user.getConcurrencyLimitSource()));
            if (user.getConcurrencyTestedAt() != null || user.getConcurrencyTestsRefused() > 0) {
                facts.put("tests of limit", tests(user));
            }
            if (user.getReportedActiveRequests() != null) {
                facts.put(
                        "API's count",
                        user.getReportedActiveRequests() + " active at " + TextTable.cell(user.getReportedActiveAt()));
            }
            if (user.getOccupancyMs() != null) {
                facts.put("job length", jobLength(user));
            }
            facts.put("ends of jobs", user.getReporting());
            facts.put("plan", TextTable.cell(user.getPlan()));
            QuotaState quota = user.getQuota();
            facts.put(
                    "quota",
                    quota(user)
                            + optional(", since ", quota.getSince())
                            + optional(", remaining ", quota.getRemaining())
                            + optional(", learned ", quota.getLearnedAt()));
            if (quota.getProbedAt() != null) {
                facts.put("quota probes", quota.getProbes() + ", the last " + TextTable.cell(quota.getProbedAt()));
            }
            StringJoiner services = new StringJoiner(", ", " (", ")").setEmptyValue("");
            new TreeMap<>(user.getPendingByService()).forEach((service, count) -> services.add(service + " " + count));
            facts.put("pending", user.getPendingRetries() + services.toString());
            facts.put("last failure", lastFailure(user.getLastFailure()));
            return facts;
        }

        private static String tests(UserState user) {
            return user.getConcurrencyTestsRefused()
                    + " refused in a row"
                    + optional(", one awaits its result since ", user.getConcurrencyTestedAt());
        }

        /** Two thirds of the jobs of a log-normal distribution are within this factor of the median. */
        private static String jobLength(UserState user) {
            Double spread = user.getJobLengthSpread();
            return "median " + user.getOccupancyMs() + " ms"
                    + (spread == null
                            ? ""
                            : String.format(Locale.ROOT, ", two thirds within a factor of %.1f", Math.exp(spread)))
                    + ", " + user.getJobLengthsSeen() + " observations";
        }

        private static String optional(String before, @Nullable Object value) {
            return value == null ? "" : before + TextTable.cell(value);
        }

        private static String lastFailure(@Nullable LastFailure last) {
            return last == null
                    ? TextTable.NONE
                    : last.getFailureClass()
                            + optional(" ", last.getCode())
                            + optional(" ", last.getHttpStatus())
                            + ", " + last.getService() + " " + last.getOperation() + ", "
                            + TextTable.cell(last.getAt());
        }

        private static List<String> gates(UserState user, Instant now) {
            ClosedGates closed = ClosedGates.of(user, now);
            TextTable table = new TextTable("GATE", "SERVICE", "STATE", "SINCE", "UNTIL", "RETRIES", "OPENS BY");
            for (GateName name : GateName.values()) {
                List<GateState> gates = closed.of(name);
                if (gates.isEmpty()) {
                    table.row(name, TextTable.NONE, OPEN, TextTable.NONE, TextTable.NONE, 0, TextTable.NONE);
                }
                gates.forEach(gate -> table.row(
                        name,
                        TextTable.cell(gate.getService()),
                        "closed",
                        TextTable.cell(gate.getSince()),
                        TextTable.cell(ClosedGates.until(gate, now)),
                        gate.getHeld(),
                        TextTable.cell(gate.getOpening())));
            }
            return table.lines();
        }

        private static List<String> windows(UserState user) {
            TextTable table = new TextTable(
                    "RATE WINDOW",
                    "LIMIT",
                    "SOURCE",
                    "REMAINING",
                    "RESET",
                    "CLOSED UNTIL",
                    "PACED UNTIL",
                    "CALLS KNOWN",
                    "OBSERVED");
            for (RateWindowState window : user.getRateWindows()) {
                table.row(
                        window.getService(),
                        TextTable.cell(window.getLimit()),
                        TextTable.cell(window.getLimitSource()),
                        TextTable.cell(window.getRemaining()),
                        TextTable.cell(window.getResetAt()),
                        TextTable.cell(window.getClosedUntil()),
                        TextTable.cell(window.getPacedUntil()),
                        window.getCallsLeaveAt().size(),
                        TextTable.cell(window.getObservedAt()));
            }
            return table.lines();
        }
    }
}
