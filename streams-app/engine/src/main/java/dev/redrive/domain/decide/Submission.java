package dev.redrive.domain.decide;

/**
 * The submission that an attempt belongs to.
 *
 * @param idempotencyKey its key
 * @param epoch its number, from 0
 */
public record Submission(String idempotencyKey, int epoch) {}
