package dev.redrive.cli;

import dev.redrive.golden.Golden;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What people and scripts read from the commands of the laboratory. */
class LabGoldenTest {

    private final List<String> lines = new ArrayList<>();

    @Test
    void shouldPrintTheHelpThatItAlwaysPrinted() {
        for (String command : List.of("dev", "simulate", "bench")) {
            run(command + " --help");
        }

        Golden.check("lab-help.txt", lines);
    }

    /** Of policies that decide without the pipeline's rules, so that the figures depend on the simulated API alone. */
    @Test
    void shouldPrintTheSimulationThatItAlwaysPrinted() {
        String small = "simulate --scenario tight,allowance --policies fixed,full-jitter,oracle --jobs 100 --seeds 2";
        run(small + " --output json");
        run(small);
        run("simulate --describe");

        Golden.check("lab-simulate.txt", lines);
    }

    @Test
    void shouldEndMistakesWithTheReasonsAndExitCodesThatItAlwaysHad() {
        for (String line : List.of(
                "simulate --scenario tigt",
                "simulate --seeds 0",
                "dev --jobs 5",
                "dev --scenario tight --rate 5",
                "bench nonsense")) {
            TestTerminal terminal = TestTerminal.withInput("");
            lines.add("$ redrive " + line + " -> " + terminal.run(line.split(" ")));
            lines.add("! " + terminal.errLines().get(0).replaceAll("^(redrive: [A-Z_]+): .*", "$1"));
        }

        Golden.check("lab-mistakes.txt", lines);
    }

    private void run(String line) {
        TestTerminal terminal = TestTerminal.withInput("");
        lines.add("$ redrive " + line + " -> " + terminal.run(line.split(" ")));
        lines.addAll(terminal.outLines());
        terminal.errLines().forEach(error -> lines.add("! " + error));
    }
}
