/** What happens to jobs and users: the inputs of the pipeline. */
@NullMarked
package dev.redrive.domain.event;

import org.jspecify.annotations.NullMarked;
