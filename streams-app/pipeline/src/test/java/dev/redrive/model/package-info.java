/** The whole topology against a reference model that replays its inputs. */
@NullMarked
package dev.redrive.model;

import org.jspecify.annotations.NullMarked;
