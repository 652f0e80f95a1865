/** Applies inputs: loads states, decides, and applies every effect, through ports. */
@NullMarked
package dev.redrive.domain.engine;

import org.jspecify.annotations.NullMarked;
