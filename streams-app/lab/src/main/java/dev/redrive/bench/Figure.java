package dev.redrive.bench;

/**
 * One result.
 *
 * @param bench the measurement
 * @param name what it is, in words
 * @param value the median of the rounds, where there are several
 * @param unit its unit; empty for a ratio
 * @param least the least of the rounds
 * @param most the most of the rounds
 */
public record Figure(String bench, String name, double value, String unit, double least, double most) {}
