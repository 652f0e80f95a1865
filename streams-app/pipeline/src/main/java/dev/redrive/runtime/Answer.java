package dev.redrive.runtime;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.errors.AuthorizationException;
import org.jspecify.annotations.Nullable;

/**
 * What a cluster answered.
 *
 * @param value the answer; {@code null} when there is a failure, and for an answer that says nothing but that all is well
 * @param failure what went wrong; {@code null} when nothing did
 */
record Answer<T>(@Nullable T value, @Nullable Throwable failure) {

    /** Waits for it; an interruption stays set and is a failure. */
    static <T> Answer<T> of(KafkaFuture<T> future, long timeoutMs) {
        try {
            return new Answer<>(future.get(timeoutMs, TimeUnit.MILLISECONDS), null);
        } catch (ExecutionException e) {
            return new Answer<>(null, e.getCause() == null ? e : e.getCause());
        } catch (TimeoutException e) {
            return new Answer<>(null, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Answer<>(null, e);
        }
    }

    boolean refused() {
        return failure instanceof AuthorizationException;
    }
}
