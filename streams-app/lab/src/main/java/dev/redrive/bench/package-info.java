/**
 * Measures Redrive: broker and pipeline in processes of their own, load and verification in this one, and everything as a
 * ratio to a plain Kafka Streams pass-through in the same run. For {@code redrive bench}; the pipeline uses none of it.
 */
@NullMarked
package dev.redrive.bench;

import org.jspecify.annotations.NullMarked;
