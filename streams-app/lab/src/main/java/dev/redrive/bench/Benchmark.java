package dev.redrive.bench;

/** One run: a broker, and one measurement after the other on it. */
public final class Benchmark {

    private final BenchSettings settings;
    private final Progress progress;

    /**
     * A run that has not begun.
     *
     * @param progress is told what is being measured, on the thread of {@link #run}
     */
    public Benchmark(BenchSettings settings, Progress progress) {
        this.settings = settings;
        this.progress = progress;
    }

    /**
     * Measures; takes from seconds to hours. All processes that it started have ended when it returns, and the
     * directory is gone; if it fails, the directory stays for a look.
     *
     * @throws BenchException if a record was lost, doubled or early, or a process failed
     */
    public BenchReport run() {
        var machine = Machine.describe(settings);
        Figures figures = new Figures();
        try (Lab lab = Lab.start(settings.directory())) {
            if (settings.benches().contains(BenchName.ceiling)
                    || settings.benches().contains(BenchName.pipeline)) {
                new DrainBench(settings, lab, figures, progress).run();
            }
            for (BenchName bench : settings.benches()) {
                switch (bench) {
                    case ceiling, pipeline -> {}
                    case bytes -> new BytesBench(settings, lab, figures, progress).run();
                    case lateness -> new LatenessBench(settings, lab, figures, progress).run();
                    case burst -> new BurstBench(settings, lab, figures, progress).run();
                    case fairness -> new FairnessBench(settings, lab, figures, progress).run();
                    case pending -> new PendingBench(settings, lab, figures, progress).run();
                    case recovery -> new RecoveryBench(settings, lab, figures, progress).run();
                }
            }
        }
        Trees.delete(settings.directory());
        return new BenchReport(machine, figures.all());
    }
}
