/** What operators see of the pipeline: metrics, their names, and where their values come from. */
@NullMarked
package dev.redrive.metrics;

import org.jspecify.annotations.NullMarked;
