/** What holds of the source as a whole. */
@NullMarked
package dev.redrive.architecture;

import org.jspecify.annotations.NullMarked;
