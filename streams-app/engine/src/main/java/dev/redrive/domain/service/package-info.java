/** The state of a service in a task: its health, and estimates learned from its users. */
@NullMarked
package dev.redrive.domain.service;

import org.jspecify.annotations.NullMarked;
