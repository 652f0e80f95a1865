/**
 * A simulated platform API, its scenarios, and a deterministic simulation of retry policies on it in virtual time. No
 * Kafka.
 */
@NullMarked
package dev.redrive.sim;

import org.jspecify.annotations.NullMarked;
