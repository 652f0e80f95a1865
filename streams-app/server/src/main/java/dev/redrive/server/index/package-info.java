/** The dead-letter index: a projection of the pipeline's output topics into SQLite, one per serving instance. */
@NullMarked
package dev.redrive.server.index;

import org.jspecify.annotations.NullMarked;
