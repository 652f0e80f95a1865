/** Words that people misspell, in configuration and in records; knows no other package. */
@NullMarked
package dev.redrive.text;

import org.jspecify.annotations.NullMarked;
