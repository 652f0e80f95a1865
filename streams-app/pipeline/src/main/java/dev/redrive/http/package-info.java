/** What answers HTTP: health and metrics, for operators. */
@NullMarked
package dev.redrive.http;

import org.jspecify.annotations.NullMarked;
