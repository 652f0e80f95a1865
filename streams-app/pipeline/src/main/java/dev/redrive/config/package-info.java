/**
 * The configuration: records whose constructors check their values, and the loader that fills them from defaults, a
 * YAML file and the environment.
 */
@NullMarked
package dev.redrive.config;

import org.jspecify.annotations.NullMarked;
