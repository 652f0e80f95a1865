/** What kind of failure an attempt ended with, and what becomes of it. */
@NullMarked
package dev.redrive.domain.classify;

import org.jspecify.annotations.NullMarked;
