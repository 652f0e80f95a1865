/** The command line {@code redrive}: thin commands over the pipeline's topics and the runtime. */
@NullMarked
package dev.redrive.cli;

import org.jspecify.annotations.NullMarked;
