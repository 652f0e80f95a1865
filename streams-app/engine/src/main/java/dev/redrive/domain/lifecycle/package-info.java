/** The states of a job and the transitions between them. */
@NullMarked
package dev.redrive.domain.lifecycle;

import org.jspecify.annotations.NullMarked;
