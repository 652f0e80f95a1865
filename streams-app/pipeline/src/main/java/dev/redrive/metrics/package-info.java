/** Metrics of the pipeline, their names, and the sources of their values. */
@NullMarked
package dev.redrive.metrics;

import org.jspecify.annotations.NullMarked;
