/** Bytes, names and texts that running pipelines, stored state and users depend on, compared with files. */
@NullMarked
package dev.redrive.golden;

import org.jspecify.annotations.NullMarked;
