/** The commands of the lab: {@code dev}, {@code simulate} and {@code bench}. */
@NullMarked
package dev.redrive.lab;

import org.jspecify.annotations.NullMarked;
