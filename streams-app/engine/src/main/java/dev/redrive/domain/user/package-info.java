/** The state of a user: concurrency, quota, rate windows, retries. */
@NullMarked
package dev.redrive.domain.user;

import org.jspecify.annotations.NullMarked;
