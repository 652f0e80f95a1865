/** What the pipeline needs around its topology: its topics, its start and stop, its health. */
@NullMarked
package dev.redrive.runtime;

import org.jspecify.annotations.NullMarked;
