/** Error rates by window, as sums that add up. */
@NullMarked
package dev.redrive.domain.stats;

import org.jspecify.annotations.NullMarked;
