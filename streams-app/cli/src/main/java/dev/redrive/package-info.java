/** Redrive's entry point; wiring only. */
@NullMarked
package dev.redrive;

import org.jspecify.annotations.NullMarked;
