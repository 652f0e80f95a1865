/** Pending retries in lanes, and whose turn it is. */
@NullMarked
package dev.redrive.domain.backlog;

import org.jspecify.annotations.NullMarked;
