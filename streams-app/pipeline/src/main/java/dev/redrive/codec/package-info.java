/** Conversion between bytes and the domain; the result of decoding is a value. */
@NullMarked
package dev.redrive.codec;

import org.jspecify.annotations.NullMarked;
