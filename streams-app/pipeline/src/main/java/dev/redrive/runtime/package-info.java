/** The pipeline's environment: topics, start and stop, health. */
@NullMarked
package dev.redrive.runtime;

import org.jspecify.annotations.NullMarked;
