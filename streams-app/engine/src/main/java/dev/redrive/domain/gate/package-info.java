/** Conditions besides due that a retry waits for. */
@NullMarked
package dev.redrive.domain.gate;

import org.jspecify.annotations.NullMarked;
