/**
 * Benchmarks of Redrive: broker and pipeline run in separate processes, load and verification in this one; results are
 * ratios to a plain Kafka Streams pass-through in the same run. For {@code redrive bench}; unused by the pipeline.
 */
@NullMarked
package dev.redrive.bench;

import org.jspecify.annotations.NullMarked;
