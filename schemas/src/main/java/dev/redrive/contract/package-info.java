/** The names shared by publishers, the pipeline and readers of its topics. */
@NullMarked
package dev.redrive.contract;

import org.jspecify.annotations.NullMarked;
