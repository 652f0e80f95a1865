package dev.redrive.bench;

import java.util.List;
import java.util.Map;

/**
 * What a run gave.
 *
 * @param machine what the figures hold for
 * @param figures the results
 */
public record BenchReport(Map<String, String> machine, List<Figure> figures) {}
