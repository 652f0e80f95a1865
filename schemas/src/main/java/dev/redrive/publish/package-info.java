/**
 * Publishes a batch system's jobs to Redrive: {@link dev.redrive.publish.Failures} creates records of responses and
 * exceptions, {@link dev.redrive.publish.FailurePublisher} sends them to the right topic under the right key.
 */
@NullMarked
package dev.redrive.publish;

import org.jspecify.annotations.NullMarked;
