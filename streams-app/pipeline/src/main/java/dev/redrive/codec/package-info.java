/** Bytes to domain and back; the outcome of decoding is a value. */
@NullMarked
package dev.redrive.codec;

import org.jspecify.annotations.NullMarked;
