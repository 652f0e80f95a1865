package dev.redrive.server.api;

import dev.redrive.server.index.Filter;
import dev.redrive.server.index.Filter.Field;
import dev.redrive.server.index.Filter.FilterException;
import dev.redrive.server.index.IndexFeed;
import dev.redrive.server.index.Positions;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What all reads of the index have in common: they are complete or refused, take the same filter, see what their caller
 * may see, and go on where the page before ended. Safe for use by several threads.
 */
public final class IndexReads {

    private static final Duration POSITION_WITHIN = Duration.ofSeconds(1);
    private static final int CHECK_BYTES = 8;

    private final Supplier<IndexFeed.Status> status;
    private final Supplier<Positions> positions;
    private final Waiting waiting;
    private final Clock clock;

    /** Waits until the index contains what is before the positions. */
    @FunctionalInterface
    public interface Waiting {
        /** Returns whether it does within the time. */
        boolean await(Positions wanted, Duration max) throws InterruptedException;
    }

    /** Creates the reads of a feed's index. */
    public IndexReads(IndexFeed feed, Clock clock) {
        this(feed::status, feed::positions, feed::await, clock);
    }

    IndexReads(Supplier<IndexFeed.Status> status, Supplier<Positions> positions, Waiting waiting, Clock clock) {
        this.status = status;
        this.positions = positions;
        this.waiting = waiting;
        this.clock = clock;
    }

    /** Returns how far the index is. */
    IndexFeed.Status status() {
        return status.get();
    }

    /** Returns what the index contains, as an answer's {@code asOf}. */
    String asOf() {
        return positions.get().toString();
    }

    /**
     * Requires that an answer is complete, and contains what the parameter {@code asOf} asks for.
     *
     * @throws ApiException if it is not
     */
    void require(Call call) throws InterruptedException {
        IndexFeed.Status now = status.get();
        if (!now.ready()) {
            throw new ApiException(ApiError.INDEX_CATCHING_UP, now.percent() + " % of the topics are read")
                    .retryAfter(2)
                    .with("percent", now.percent());
        }
        String wanted = call.query("asOf");
        if (wanted == null) {
            return;
        }
        Positions read = Positions.parse(wanted);
        if (read == null) {
            throw new ApiException(ApiError.PARAMETER_INVALID, "asOf must be that of an answer");
        }
        if (!waiting.await(read, POSITION_WITHIN)) {
            throw new ApiException(ApiError.POSITION_NOT_REACHED, null).retryAfter(1);
        }
    }

    /** Returns the filter of a request, narrowed to what its caller may see. */
    Filter filter(Call call) {
        return narrowed(parse(call.query("filter") == null ? "" : call.query("filter")), call.caller());
    }

    /** Reads a filter. */
    Filter parse(@Nullable String text) {
        try {
            return Filter.parse(text == null ? "" : text, clock.instant());
        } catch (FilterException e) {
            throw new ApiException(ApiError.FILTER_INVALID, e.getMessage());
        }
    }

    static Filter narrowed(Filter filter, Caller caller) {
        Filter narrowed = filter;
        if (caller.user() != null) {
            narrowed = narrowed.narrowedTo(Field.USER, caller.user());
        }
        if (caller.service() != null) {
            narrowed = narrowed.narrowedTo(Field.SERVICE, caller.service());
        }
        return narrowed;
    }

    /**
     * Returns a cursor: values and a check of them, of the route, of the caller's bounds and of the filter, so that one
     * which was changed, or is of another list, is refused. It grants nothing that the caller may not read anyway.
     */
    static String cursor(Call call, byte[] values) {
        byte[] check = check(call, values);
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(ByteBuffer.allocate(CHECK_BYTES + values.length)
                        .put(check)
                        .put(values)
                        .array());
    }

    /** Returns the values of the request's cursor; {@code null} if it has none. */
    static byte @Nullable [] cursor(Call call) {
        String text = call.query("cursor");
        if (text == null) {
            return null;
        }
        try {
            byte[] bytes = Base64.getUrlDecoder().decode(text);
            if (bytes.length > CHECK_BYTES) {
                byte[] values = Arrays.copyOfRange(bytes, CHECK_BYTES, bytes.length);
                if (Arrays.equals(check(call, values), Arrays.copyOf(bytes, CHECK_BYTES))) {
                    return values;
                }
            }
        } catch (IllegalArgumentException e) {
            // Refused below, as any other text that is none.
        }
        throw new ApiException(ApiError.CURSOR_INVALID, "it belongs to no list with this filter");
    }

    private static byte[] check(Call call, byte[] values) {
        String list = String.join(
                "\n",
                call.route().name(),
                String.valueOf(call.caller().user()),
                String.valueOf(call.caller().service()),
                String.valueOf(call.query("filter")),
                Base64.getEncoder().encodeToString(values));
        return Arrays.copyOf(TokenRegistry.sha256(list.getBytes(StandardCharsets.UTF_8)), CHECK_BYTES);
    }
}
