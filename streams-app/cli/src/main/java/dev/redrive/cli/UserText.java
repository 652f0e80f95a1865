package dev.redrive.cli;

import dev.redrive.avro.GateState;
import dev.redrive.avro.LastFailure;
import dev.redrive.avro.QuotaState;
import dev.redrive.avro.RateWindowState;
import dev.redrive.avro.UserState;
import dev.redrive.domain.gate.GateName;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What is known of users, for people. */
final class UserText {

    private static final String OPEN = "open";

    private UserText() {}

    /** One line a user, below titles. */
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
            cells.add(Cells.of(last == null ? null : last.getFailureClass()));
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
            text.add("holds " + gate.getHeld() + service + " since " + Cells.of(gate.getSince()) + " until "
                    + Cells.of(until == null ? gate.getOpening() : until));
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
                + (quota.getResetAt() == null ? "" : ", reset " + Cells.of(quota.getResetAt()));
    }

    /** All of one user. */
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
        facts.put("updated", Cells.of(user.getUpdatedAt()));
        facts.put(
                "active/limit",
                active(user)
                        + (user.getConcurrencyLimitAt() == null
                                ? ""
                                : ", limit learned " + Cells.of(user.getConcurrencyLimitAt())));
        if (user.getReportedActiveRequests() != null) {
            facts.put(
                    "API's count",
                    user.getReportedActiveRequests() + " active at " + Cells.of(user.getReportedActiveAt()));
        }
        if (user.getOccupancyMs() != null) {
            facts.put("slots are kept", "about " + user.getOccupancyMs() + " ms");
        }
        facts.put("ends of jobs", user.getReporting());
        facts.put("plan", Cells.of(user.getPlan()));
        QuotaState quota = user.getQuota();
        facts.put(
                "quota",
                quota(user)
                        + told(", since ", quota.getSince())
                        + told(", remaining ", quota.getRemaining())
                        + told(", learned ", quota.getLearnedAt()));
        StringJoiner services = new StringJoiner(", ", " (", ")").setEmptyValue("");
        new TreeMap<>(user.getPendingByService()).forEach((service, count) -> services.add(service + " " + count));
        facts.put("pending", user.getPendingRetries() + services.toString());
        facts.put("last failure", lastFailure(user.getLastFailure()));
        return facts;
    }

    private static String told(String before, @Nullable Object value) {
        return value == null ? "" : before + Cells.of(value);
    }

    private static String lastFailure(@Nullable LastFailure last) {
        return last == null
                ? Cells.NONE
                : last.getFailureClass()
                        + told(" ", last.getCode())
                        + told(" ", last.getHttpStatus())
                        + ", " + last.getService() + " " + last.getOperation() + ", " + Cells.of(last.getAt());
    }

    private static List<String> gates(UserState user, Instant now) {
        ClosedGates closed = ClosedGates.of(user, now);
        TextTable table = new TextTable("GATE", "SERVICE", "STATE", "SINCE", "UNTIL", "HOLDS", "OPENS BY");
        for (GateName name : GateName.values()) {
            List<GateState> gates = closed.of(name);
            if (gates.isEmpty()) {
                table.row(name, Cells.NONE, OPEN, Cells.NONE, Cells.NONE, 0, Cells.NONE);
            }
            gates.forEach(gate -> table.row(
                    name,
                    Cells.of(gate.getService()),
                    "closed",
                    Cells.of(gate.getSince()),
                    Cells.of(ClosedGates.until(gate, now)),
                    gate.getHeld(),
                    Cells.of(gate.getOpening())));
        }
        return table.lines();
    }

    private static List<String> windows(UserState user) {
        TextTable table = new TextTable(
                "RATE WINDOW", "LIMIT", "REMAINING", "RESET", "CLOSED UNTIL", "PACED UNTIL", "CALLS KNOWN", "OBSERVED");
        for (RateWindowState window : user.getRateWindows()) {
            table.row(
                    window.getService(),
                    Cells.of(window.getLimit()),
                    Cells.of(window.getRemaining()),
                    Cells.of(window.getResetAt()),
                    Cells.of(window.getClosedUntil()),
                    Cells.of(window.getPacedUntil()),
                    window.getCallsLeaveAt().size(),
                    Cells.of(window.getObservedAt()));
        }
        return table.lines();
    }
}
