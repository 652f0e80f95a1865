package dev.redrive.containers;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A test class that needs a Docker engine, and takes a {@link Containers} where it asks for one.
 *
 * <p>Without an engine it is skipped, and one line tells so; where the environment variable {@code CI} is set it fails.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(DockerExtension.class)
@interface NeedsDocker {}
