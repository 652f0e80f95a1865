/** A complete Redrive in one process for development and tests: broker, schema registry, simulated API and workload. */
@NullMarked
package dev.redrive.dev;

import org.jspecify.annotations.NullMarked;
