/** HTTP server for health and metrics. */
@NullMarked
package dev.redrive.http;

import org.jspecify.annotations.NullMarked;
