package dev.redrive.server.api;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;

/** Formats the errors of Jetty itself, such as a header that is too large, as all others: without a page or a trace. */
final class JettyErrors extends ErrorHandler {

    private static final HttpField TYPE = new HttpField(HttpHeader.CONTENT_TYPE, "application/problem+json");
    private static final HttpField SNIFF = new HttpField("X-Content-Type-Options", "nosniff");

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        response.getHeaders().put(TYPE);
        response.getHeaders().put(SNIFF);
        response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
        response.write(true, ByteBuffer.wrap(body(response.getStatus())), callback);
        return true;
    }

    @Override
    public ByteBuffer badMessageError(int status, String reason, HttpFields.Mutable fields) {
        fields.put(TYPE);
        fields.put(SNIFF);
        return ByteBuffer.wrap(body(status));
    }

    private static byte[] body(int status) {
        return StrictJson.write(new ApiException(ApiError.of(status), null).members())
                .getBytes(StandardCharsets.UTF_8);
    }
}
