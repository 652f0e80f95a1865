package dev.redrive.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.bench.Benchmark.BenchSettings;
import dev.redrive.bench.Benchmark.BenchSettings.BenchName;
import dev.redrive.bench.Benchmark.Figure;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The smallest run: that it measures and that its records balance, not how fast it is. */
class BenchmarkIT {

    @Test
    void shouldDrainABacklogThroughPipelineAndCeilingAndBalance(@TempDir Path directory) {
        BenchSettings settings = new BenchSettings(
                List.of(BenchName.pipeline), 1, 1_000, 100, List.of(1), 1, true, directory.resolve("bench"), null);

        Benchmark.Report report = new Benchmark(settings, System.out::println).run();

        var figures = report.figures().stream()
                .collect(Collectors.toMap(figure -> figure.bench() + " " + figure.name(), Figure::value));
        assertThat(figures)
                .containsKeys("pipeline rate, of ceiling", "pipeline written per event, as stored", "ceiling rate");
        assertThat(figures.values())
                .allSatisfy(value -> assertThat(value).isPositive().isFinite());
        assertThat(directory.resolve("bench")).doesNotExist();
    }
}
