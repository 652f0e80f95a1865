/** The Kafka Streams topology: named nodes that load, apply, store and forward. */
@NullMarked
package dev.redrive.topology;

import org.jspecify.annotations.NullMarked;
