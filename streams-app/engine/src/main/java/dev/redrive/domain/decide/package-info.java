/** When a retry is due, under which key, and when there is none. */
@NullMarked
package dev.redrive.domain.decide;

import org.jspecify.annotations.NullMarked;
