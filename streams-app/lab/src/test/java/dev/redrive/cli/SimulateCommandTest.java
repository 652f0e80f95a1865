package dev.redrive.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

class SimulateCommandTest {

    @TempDir
    Path directory;

    private final TestTerminal terminal = TestTerminal.withInput("");

    private int simulate(String... more) {
        List<String> args = new ArrayList<>(List.of("simulate", "--jobs", "200", "--seeds", "2"));
        args.addAll(List.of(more));
        return terminal.run(args.toArray(String[]::new));
    }

    @Test
    void shouldPrintATableForEachScenarioWithTheSeeds() {
        int code = simulate("--scenario", "tight,outage", "--policies", "fixed,oracle", "--seed", "7");

        assertThat(terminal.err()).isEmpty();
        assertThat(code).isZero();
        List<String> lines = terminal.outLines();
        assertThat(lines.get(0)).isEqualTo("medians over seeds 7 to 8; (worst)");
        assertThat(lines).anyMatch(line -> line.startsWith("tight: 200 jobs of 5 users. "));
        assertThat(lines).anyMatch(line -> line.startsWith("outage: 200 jobs of 3 users. "));
        assertThat(lines).filteredOn(line -> line.startsWith("POLICY")).hasSize(2);
        assertThat(lines).filteredOn(line -> line.startsWith("fixed ")).hasSize(2);
        assertThat(lines)
                .filteredOn(line -> line.startsWith("oracle "))
                .hasSize(2)
                .allMatch(line -> line.contains(" 1.00 (1.00) "));
    }

    @Test
    void shouldPrintALineOfJsonForEachPolicyInAScenario() throws Exception {
        int code = simulate("--scenario", "tight", "--policies", "fixed,oracle", "--output", "json");

        assertThat(code).isZero();
        List<JsonNode> reports = new ArrayList<>();
        for (String line : terminal.outLines()) {
            reports.add(new JsonMapper().readTree(line));
        }
        assertThat(reports).extracting(report -> report.get("policy").asText()).containsExactly("fixed", "oracle");
        JsonNode fixed = reports.get(0);
        assertThat(fixed.get("scenario").asText()).isEqualTo("tight");
        assertThat(fixed.get("seeds").toString()).isEqualTo("[1,2]");
        assertThat(fixed.get("bySeed")).hasSize(2);
        assertThat(fixed.at("/makespanRatio/worst").asDouble()).isGreaterThan(1);
        assertThat(fixed.at("/wastedRetryShare/median").asDouble()).isBetween(0.5, 1.0);
        assertThat(fixed.at("/idleShare/median").asDouble()).isBetween(0.01, 0.9);
        assertThat(fixed.at("/reactionMs/median").asDouble()).isGreaterThan(100);
        assertThat(fixed.at("/unfairness/median").asDouble()).isGreaterThanOrEqualTo(1);
        assertThat(fixed.at("/wastedRetriesOfCalls/median").asDouble())
                .isEqualTo(
                        fixed.at("/wastedRetries/median").asDouble()
                                / fixed.at("/calls/median").asDouble(),
                        within(0.01));
        assertThat(fixed.at("/allowanceBurnt/median").asInt()).isEqualTo(200);
        assertThat(reports.get(1).at("/wastedRetries/worst").asInt(-1)).isZero();
    }

    @Test
    void shouldPrintTheSameTwice() {
        TestTerminal second = TestTerminal.withInput("");
        simulate("--scenario", "burst");

        second.run("simulate", "--scenario", "burst", "--jobs", "200", "--seeds", "2");

        assertThat(second.out()).isEqualTo(terminal.out()).contains("full-jitter");
    }

    @Test
    void shouldDrawABarForEachPolicyInEachScenarioOfEachPanel() throws Exception {
        Path file = directory.resolve("figures.svg");

        int code = simulate("--scenario", "tight,burst", "--policies", "fixed,oracle", "--svg", file.toString());

        assertThat(code).isZero();
        String svg = Files.readString(file);
        Element root = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new ByteArrayInputStream(svg.getBytes(UTF_8)))
                .getDocumentElement();
        NodeList bars = root.getElementsByTagName("title");
        assertThat(bars.getLength()).isEqualTo(1 + 2 * 2 * 2);
        assertThat(svg).contains("seeds 1 to 2", ">tight<", ">burst<", "burst, oracle: 1.00", "burst, oracle: 0%");
        assertThat(svg).doesNotContain("NaN", "Infinity");
    }

    @Test
    void shouldDescribeEveryParameterOfAScenarioAndThePolicies() {
        int code = terminal.run("simulate", "--describe", "--scenario", "outage,allowance");

        assertThat(code).isZero();
        assertThat(terminal.out())
                .contains(
                        "18000 jobs of 300 users, arriving over 30m",
                        "out for 10m from 10m after the start",
                        "60 calls until 20m after the start",
                        "an answer of the API 80 to 250 ms",
                        "docs-loop")
                .doesNotContain("hot-user");
    }

    @Test
    void shouldDescribeWhatIsHarshAboutAScenario() {
        int code = terminal.run(
                "simulate",
                "--describe",
                "--scenario",
                "unequal,refill-silent,outage-of-one,rate-silent,limit-rises-told,longer-jobs,clock-behind");

        assertThat(code).isZero();
        assertThat(terminal.out())
                .contains(
                        "4.00 s in the mean, log-normal with a sigma of 0.80, up to 60.0 s",
                        "the largest user with 4.00 x the smallest's",
                        "1000 more calls of allowance, without an event",
                        "music is out for 20s from 20s after the start, each up to 20s later or longer",
                        "answers do not contain: X-RateLimit-*, Retry-After, Date",
                        "from 20s to 40s after the start, at a random time for each user: 4 active jobs, with an"
                                + " account event",
                        "2.00 x that if accepted from 30s on",
                        "the workers' clocks are 30s behind");
    }

    @Test
    void shouldAcceptGroupsOfScenariosAndPolicies() {
        terminal.run("simulate", "--describe", "--scenario", "harsh", "--policies", "optimal-belief,oracle");
        List<String> harsh = terminal.outLines();
        TestTerminal other = TestTerminal.withInput("");
        other.run("simulate", "--describe", "--scenario", "all", "--policies", "all");
        TestTerminal usual = TestTerminal.withInput("");
        usual.run("simulate", "--describe");

        assertThat(harsh)
                .anyMatch(line -> line.startsWith("limit-falls: "))
                .noneMatch(line -> line.startsWith("tight: "));
        assertThat(harsh).filteredOn(line -> line.startsWith("optimal-belief-")).hasSize(3);
        assertThat(harsh).noneMatch(line -> line.startsWith("fixed "));
        assertThat(other.outLines())
                .anyMatch(line -> line.startsWith("limit-falls: "))
                .anyMatch(line -> line.startsWith("tight: "))
                .anyMatch(line -> line.startsWith("optimal-belief-5 "));
        assertThat(usual.outLines())
                .anyMatch(line -> line.startsWith("tight: "))
                .noneMatch(line -> line.startsWith("limit-falls: "))
                .noneMatch(line -> line.startsWith("optimal-belief-5 "));
    }

    @Test
    void shouldNameWhatThereIsWhenAWordIsWrong() {
        assertThat(simulate("--scenario", "tigt")).isEqualTo(2);
        assertThat(simulate("--policies", "fixd")).isEqualTo(2);

        assertThat(terminal.errLines())
                .containsExactly(
                        "redrive: USAGE: there is no scenario 'tigt'; there are steady, burst, tight, allowance, outage,"
                                + " hot-user, contention, tiny-concurrency, unequal, refill-told, refill-silent,"
                                + " refill-month-ahead, outage-of-one, rate-headers, rate-silent, no-figures,"
                                + " limit-rises, limit-rises-told, limit-falls, longer-jobs, clock-right, clock-behind, clock-ahead,"
                                + " clock-behind-undated, clock-ahead-undated",
                        "redrive: USAGE: there is no policy 'fixd'; there are fixed, exponential, full-jitter, docs-loop,"
                                + " hinted-jitter, redrive-failures, redrive, optimal-belief-5,"
                                + " optimal-belief-10, optimal-belief-20, oracle");
        assertThat(terminal.out()).isEmpty();
    }

    @Test
    void shouldRefuseNumbersThatAreOutOfRangeAndAFileThatCannotBeWritten() {
        assertThat(terminal.run("simulate", "--seeds", "0")).isEqualTo(2);
        assertThat(terminal.run("simulate", "--jobs", "0")).isEqualTo(2);
        assertThat(terminal.run("simulate", "--seed", "-1")).isEqualTo(2);
        assertThat(terminal.run("simulate", "--waste-budget", "0.6")).isEqualTo(2);
        assertThat(simulate("--svg", directory.resolve("none/figures.svg").toString()))
                .isEqualTo(1);

        assertThat(terminal.errLines())
                .containsExactly(
                        "redrive: USAGE: --seeds takes 1 to 1000, not 0",
                        "redrive: USAGE: --jobs takes 1 to 1000000, not 0",
                        "redrive: USAGE: --seed takes a number from 0, not -1",
                        "redrive: USAGE: --waste-budget takes 0.01 to 0.5, not 0.6",
                        "redrive: FILE_UNREADABLE: " + directory.resolve("none/figures.svg") + " cannot be written");
    }

    @Test
    void shouldTradeWastedCallsForTimeByTheWasteBudget() throws IOException {
        JsonNode careful = figures("0.03");
        JsonNode hasty = figures("0.4");

        assertThat(careful.at("/wastedRetriesOfCalls/median").asDouble())
                .isLessThan(hasty.at("/wastedRetriesOfCalls/median").asDouble() / 2);
        assertThat(careful.at("/makespanMs/median").asLong())
                .isGreaterThan(hasty.at("/makespanMs/median").asLong());
    }

    private JsonNode figures(String wasteBudget) throws IOException {
        TestTerminal own = TestTerminal.withInput("");
        own.run(
                "simulate",
                "--scenario",
                "tiny-concurrency",
                "--policies",
                "redrive-failures",
                "--jobs",
                "240",
                "--seeds",
                "1",
                "--output",
                "json",
                "--waste-budget",
                wasteBudget);
        return new ObjectMapper().readTree(own.out());
    }

    @Test
    void shouldRefuseOptionsOfDevThatDoNotGoTogether() {
        assertThat(terminal.run("dev", "--scenario", "tight", "--rate", "5")).isEqualTo(2);
        assertThat(terminal.run("dev", "--jobs", "5")).isEqualTo(2);
        assertThat(terminal.run("dev", "--scenario", "tigt")).isEqualTo(2);

        assertThat(terminal.errLines().get(0)).contains("--users and --rate do not go with --scenario");
        assertThat(terminal.errLines().get(1)).contains("--jobs needs --scenario");
        assertThat(terminal.errLines().get(2)).contains("there is no scenario 'tigt'");
    }
}
