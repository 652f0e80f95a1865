/** Pending retries in lanes, and the scheduler that picks the next one. */
@NullMarked
package dev.redrive.domain.backlog;

import org.jspecify.annotations.NullMarked;
