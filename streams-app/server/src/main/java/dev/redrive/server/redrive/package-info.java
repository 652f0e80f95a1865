/** Redrives of many dead letters: plan, decisions, and the one instance that carries each out. */
@NullMarked
package dev.redrive.server.redrive;

import org.jspecify.annotations.NullMarked;
