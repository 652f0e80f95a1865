/** What serves people and programs: writes commands and awaits their answers; starts index, redrives and API. */
@NullMarked
package dev.redrive.server;

import org.jspecify.annotations.NullMarked;
