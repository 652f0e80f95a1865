/** The HTTP API: routes, limits, security, errors. It finds by the index, and writes commands; it never touches a store. */
@NullMarked
package dev.redrive.server.api;

import org.jspecify.annotations.NullMarked;
