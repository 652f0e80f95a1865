package dev.redrive.server.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.redrive.server.api.StrictJson.StrictJsonException;
import io.javalin.http.Context;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpException;
import org.jspecify.annotations.Nullable;

/** One admitted request and its answer. Used by one thread. */
public final class Call {

    private static final int MAX_PARAMETERS = 50;
    private static final Pattern DIGITS = Pattern.compile("[0-9]{1,9}");

    /** Possessive, because a greedy repetition of a group takes stack for every character. */
    private static final Pattern ESCAPES = Pattern.compile("(?:[^%]|%[0-9A-Fa-f]{2})*+");

    private final Context context;
    private final ApiRoute route;
    private final Caller caller;
    private final Map<String, String> query;

    Call(Context context, ApiRoute route, Caller caller) {
        this.context = context;
        this.route = route;
        this.caller = caller;
        this.query = query(context.queryString(), route);
    }

    /** Returns who asks. */
    public Caller caller() {
        return caller;
    }

    /** Returns the route. */
    public ApiRoute route() {
        return route;
    }

    /** Returns a parameter of the path, decoded. */
    public String path(String name) {
        return context.pathParam(name);
    }

    /** Returns a parameter of the query; {@code null} if it is absent. */
    public @Nullable String query(String name) {
        return query.get(name);
    }

    /** Returns a number of the query. */
    public int query(String name, int absent, int min, int max) {
        String text = query.get(name);
        if (text == null) {
            return absent;
        }
        long number = DIGITS.matcher(text).matches() ? Long.parseLong(text) : -1;
        if (number < min || number > max) {
            throw new ApiException(
                    ApiError.PARAMETER_INVALID, name + " must be a whole number from " + min + " to " + max);
        }
        return (int) number;
    }

    /** Returns a header; {@code null} if it is absent. */
    public @Nullable String header(String name) {
        return context.header(name);
    }

    /** Returns the media type of the body in lower case, without parameters. */
    public String mediaType() {
        return mediaType(context.header("Content-Type"));
    }

    static String mediaType(@Nullable String contentType) {
        return contentType == null ? "" : contentType.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
    }

    /** Returns the body as one JSON object. */
    public JsonBody body() {
        try {
            JsonNode node = StrictJson.read(bytes());
            if (node instanceof ObjectNode object) {
                return new JsonBody(object);
            }
            throw new ApiException(ApiError.BODY_INVALID, "the body must be a JSON object");
        } catch (StrictJsonException e) {
            throw new ApiException(ApiError.BODY_MALFORMED, e.getMessage());
        }
    }

    /** Returns the whole body. */
    public byte[] bytes() {
        int max = route.body().maxBytes();
        byte[] bytes;
        try {
            bytes = context.bodyInputStream().readNBytes(max + 1);
        } catch (IOException e) {
            throw unreadable(e);
        }
        if (bytes.length > max) {
            throw tooLarge(route);
        }
        return bytes;
    }

    /** Returns the body as it comes; the reader bounds it. */
    InputStream stream() {
        return context.bodyInputStream();
    }

    static ApiException tooLarge(ApiRoute route) {
        return new ApiException(
                ApiError.BODY_TOO_LARGE, "at most " + route.body().maxBytes() + " bytes");
    }

    /** Returns the answer for a body whose bytes cannot be read. */
    static ApiException unreadable(IOException e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof TimeoutException) {
                return new ApiException(ApiError.REQUEST_TIMEOUT, null);
            }
            if (cause instanceof HttpException http) {
                return new ApiException(ApiError.of(http.getCode() >= 500 ? 400 : http.getCode()), null);
            }
        }
        return new ApiException(
                ApiError.REQUEST_MALFORMED,
                e instanceof EOFException ? "the body ends early" : "the body cannot be read");
    }

    /** Answers with JSON. */
    public void answer(int status, Object value) {
        context.status(status);
        context.contentType("application/json; charset=utf-8");
        context.result(StrictJson.write(value));
    }

    /** Answers with bytes of another type. */
    void answer(int status, String contentType, byte[] bytes) {
        context.status(status);
        context.contentType(contentType);
        context.result(bytes);
    }

    private static Map<String, String> query(@Nullable String text, ApiRoute route) {
        Map<String, String> values = new LinkedHashMap<>();
        if (text == null || text.isEmpty()) {
            return values;
        }
        for (String part : text.split("&", MAX_PARAMETERS)) {
            int equals = part.indexOf('=');
            String name = decoded(equals < 0 ? part : part.substring(0, equals));
            String value = equals < 0 ? "" : decoded(part.substring(equals + 1));
            if (!route.parameters().contains(name)) {
                throw new ApiException(
                        ApiError.PARAMETER_INVALID,
                        route.parameters().isEmpty()
                                ? "this takes no query parameters"
                                : "a parameter is unknown; this takes "
                                        + String.join(
                                                ", ",
                                                route.parameters().stream()
                                                        .sorted()
                                                        .toList()));
            }
            if (values.put(name, value) != null) {
                throw new ApiException(ApiError.PARAMETER_INVALID, name + " is given twice");
            }
        }
        return values;
    }

    private static String decoded(String text) {
        if (!ESCAPES.matcher(text).matches()) {
            throw new ApiException(ApiError.PARAMETER_INVALID, "an escape cannot be decoded");
        }
        String decoded = URLDecoder.decode(text, StandardCharsets.UTF_8);
        if (decoded.indexOf('\uFFFD') >= 0 || decoded.indexOf('\0') >= 0) {
            throw new ApiException(ApiError.PARAMETER_INVALID, "a parameter is not text in UTF-8");
        }
        return decoded;
    }
}
