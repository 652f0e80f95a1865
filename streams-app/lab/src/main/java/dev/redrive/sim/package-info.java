/**
 * A simulated platform API, the scenarios that it is put through, and a deterministic simulation of retry policies against
 * it in virtual time. No Kafka.
 */
@NullMarked
package dev.redrive.sim;

import org.jspecify.annotations.NullMarked;
