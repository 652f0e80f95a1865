@NullMarked
package dev.redrive.publish;

import org.jspecify.annotations.NullMarked;
