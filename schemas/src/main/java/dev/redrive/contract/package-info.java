/** The names that publishers, the pipeline and readers of its topics agree on. */
@NullMarked
package dev.redrive.contract;

import org.jspecify.annotations.NullMarked;
