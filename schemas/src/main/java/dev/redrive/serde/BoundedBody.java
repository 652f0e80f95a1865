package dev.redrive.serde;

import java.io.ByteArrayOutputStream;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/** Takes a response body of at most so many bytes; of a longer one the rest is not fetched. */
final class BoundedBody implements BodySubscriber<BoundedBody.Taken> {

    private final int maxBytes;
    private final ByteArrayOutputStream taken = new ByteArrayOutputStream(4_096);
    private final CompletableFuture<Taken> body = new CompletableFuture<>();
    private Flow.@Nullable Subscription subscription;

    /**
     * What came of a body.
     *
     * @param bytes the body, or its beginning
     * @param cut whether there is more
     */
    @SuppressWarnings("ArrayRecordComponent") // is not compared
    record Taken(byte[] bytes, boolean cut) {}

    BoundedBody(int maxBytes) {
        this.maxBytes = maxBytes;
    }

    @Override
    public CompletionStage<Taken> getBody() {
        return body;
    }

    @Override
    public void onSubscribe(Flow.Subscription given) {
        subscription = given;
        given.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
        for (ByteBuffer buffer : buffers) {
            if (taken.size() + buffer.remaining() > maxBytes) {
                if (subscription != null) {
                    subscription.cancel();
                }
                body.complete(new Taken(taken.toByteArray(), true));
                return;
            }
            byte[] bytes = new byte[buffer.remaining()];
            buffer.get(bytes);
            taken.writeBytes(bytes);
        }
    }

    @Override
    public void onError(Throwable error) {
        body.completeExceptionally(error);
    }

    @Override
    public void onComplete() {
        body.complete(new Taken(taken.toByteArray(), false));
    }
}
