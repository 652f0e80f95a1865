/**
 * What a batch system needs to tell Redrive of its jobs: {@link dev.redrive.publish.Failures} makes records of responses
 * and exceptions, {@link dev.redrive.publish.FailurePublisher} sends them to the right topic under the right key.
 */
@NullMarked
package dev.redrive.publish;

import org.jspecify.annotations.NullMarked;
