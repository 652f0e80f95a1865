/** Bytes to domain and back; the outcome of reading is a value, not an exception. */
@NullMarked
package dev.redrive.codec;

import org.jspecify.annotations.NullMarked;
