/** Applies inputs: loads states, decides, and carries out every effect, through ports. */
@NullMarked
package dev.redrive.domain.engine;

import org.jspecify.annotations.NullMarked;
