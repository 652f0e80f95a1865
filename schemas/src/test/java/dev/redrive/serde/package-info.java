@NullMarked
package dev.redrive.serde;

import org.jspecify.annotations.NullMarked;
