/** What a task knows of a service: its health, and what users of it have taught. */
@NullMarked
package dev.redrive.domain.service;

import org.jspecify.annotations.NullMarked;
