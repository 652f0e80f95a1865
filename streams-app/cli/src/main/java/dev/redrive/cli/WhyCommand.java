package dev.redrive.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code redrive why}: shows why a job waits, through the HTTP API. */
@Command(
        name = "why",
        description = {
            "Show why a job waits: its state, every gate, its place in line, and a forecast.",
            "",
            "The pipeline answers, by the code that decides. Gates are in the order of evaluation; the first closed one"
                    + " blocks."
        },
        footer = {"Example:", "  redrive why u1 j1"})
final class WhyCommand extends Subcommand {

    @Parameters(index = "0", paramLabel = "USER", description = "Id of the user.")
    private String user = "";

    @Parameters(index = "1", paramLabel = "JOB", description = "Id of the job.")
    private String job = "";

    @Mixin
    private ObjectOption view = new ObjectOption();

    @Mixin
    private ApiOptions api = new ApiOptions();

    @Override
    public Integer call() {
        JsonNode answer = api.client(terminal()).get(ApiClient.path("jobs", user, job, "why"));
        ApiRows.object(terminal(), view, answer, Text::print);
        return OK;
    }

    /** Prints the explanation and the gates. */
    private static final class Text {

        private Text() {}

        static void print(JsonNode answer, LineOutput out) {
            JsonNode explanation = answer.path("explanation");
            Map<String, @Nullable String> facts = new LinkedHashMap<>();
            facts.put("state", ApiRows.text(explanation.path("state")));
            facts.put("attempt", ApiRows.text(answer.path("attempt")));
            facts.put("due", ApiRows.text(answer.path("dueAt")));
            if (explanation.path("state").asText().equals("SCHEDULED")) {
                facts.put("ahead", explanation.path("ahead").asText() + " of the user's retries");
                String basis = ApiRows.text(explanation.path("forecastBasis"));
                facts.put(
                        "forecast",
                        TextTable.cell(ApiRows.text(explanation.path("forecastAt")))
                                + (basis == null ? "" : ", by " + basis));
            }
            facts.put("as of", ApiRows.text(answer.path("at")));
            ApiRows.facts(out, facts);
            JsonNode gates = explanation.path("gates");
            if (gates.isEmpty()) {
                return;
            }
            TextTable table = new TextTable("GATE", "STATE", "UNTIL", "OPENED BY", "DETAIL");
            for (JsonNode gate : gates) {
                table.row(
                        gate.path("gate").asText(),
                        gate.path("open").asBoolean() ? "open" : "closed",
                        TextTable.cell(ApiRows.text(gate.path("until"))),
                        TextTable.cell(ApiRows.text(gate.path("opening"))),
                        detail(gate));
            }
            out.line("");
            table.lines().forEach(out::line);
        }

        private static String detail(JsonNode gate) {
            StringJoiner detail = new StringJoiner(", ").setEmptyValue(TextTable.NONE);
            for (String member :
                    new String[] {"status", "service", "used", "limit", "remaining", "resetAt", "since", "reason"}) {
                String text = ApiRows.text(gate.path(member));
                if (text != null) {
                    detail.add(member.equals("status") || member.equals("service") ? text : member + " " + text);
                }
            }
            return detail.toString();
        }
    }
}
