/** Error rates by window, as partial sums. */
@NullMarked
package dev.redrive.domain.stats;

import org.jspecify.annotations.NullMarked;
