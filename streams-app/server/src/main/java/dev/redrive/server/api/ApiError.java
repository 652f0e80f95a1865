package dev.redrive.server.api;

/** Every reason of an error answer. The name is the answer's {@code reason}; names and statuses are stable. */
public enum ApiError {
    /** The request line, a header or the body's framing cannot be read. */
    REQUEST_MALFORMED(400, "The request is not valid HTTP"),
    /** The path holds empty or dot segments, parameters, or escapes that cannot be decoded. */
    PATH_INVALID(400, "The path is not valid"),
    /** A query parameter is unknown, repeated or out of range. */
    PARAMETER_INVALID(400, "A query parameter is not valid"),
    /** The filter cannot be read. */
    FILTER_INVALID(400, "The filter is not valid"),
    /** The cursor is not one that this API has given, or belongs to another list. */
    CURSOR_INVALID(400, "The cursor is not valid"),
    /** The body is not JSON: ill-formed, nested too deep, with duplicate keys, or followed by other text. */
    BODY_MALFORMED(400, "The body is not valid JSON"),
    /** The query takes longer than 5 s; a narrower filter may not. */
    QUERY_TOO_LONG(400, "The query takes too long"),
    /** The body is JSON, but a field is missing, unknown, of another type or out of range. */
    BODY_INVALID(400, "A field of the body is not valid"),
    /** No token, or one that is not known. */
    UNAUTHENTICATED(401, "A valid bearer token is required"),
    /** The webhook's signature is missing, or does not belong to this body. */
    SIGNATURE_INVALID(401, "The signature is not valid"),
    /** The webhook's time is more than 5 minutes away from now. */
    TIMESTAMP_OUTSIDE_WINDOW(401, "The event is too old, or ahead of its time"),
    /** The token lacks the role that this route requires. */
    ROLE_MISSING(403, "The token lacks the required role"),
    /** The token is bound to one user or service, and may only read what belongs to it. */
    TOKEN_BOUND(403, "The token is bound to one user or service"),
    /** The {@code Host} header names none of this server's hosts. */
    FOREIGN_HOST(403, "The Host header is not one of this server"),
    /** A page of another site has made a browser send the request. */
    FOREIGN_ORIGIN(403, "Requests from other sites are refused"),
    /** There is no such resource. */
    NOT_FOUND(404, "There is no such resource"),
    /** The resource does not take this method. */
    METHOD_NOT_ALLOWED(405, "The method is not allowed here"),
    /** The client has sent its request too slowly. */
    REQUEST_TIMEOUT(408, "The request came too slowly"),
    /** Another request with this {@code Idempotency-Key} is being worked on. */
    IDEMPOTENCY_KEY_IN_USE(409, "A request with this Idempotency-Key is in progress"),
    /** The same signed event was accepted before. */
    WEBHOOK_REPLAYED(409, "This event was accepted before"),
    /** The pipeline has rejected the command; {@code detail} holds its reason. */
    COMMAND_REJECTED(409, "The pipeline has rejected the command"),
    /** The state of the resource does not permit this. */
    STATE_CONFLICT(409, "The resource is not in a state that permits this"),
    /** The count that was typed is missing where it is needed, or is not the plan's. */
    COUNT_DIFFERS(409, "The count is not the plan's"),
    /** The plan was not started in time. */
    PLAN_EXPIRED(409, "The plan has expired"),
    /** The body is larger than this route takes. */
    BODY_TOO_LARGE(413, "The body is too large"),
    /** The request line is too long. */
    URI_TOO_LONG(414, "The request line is too long"),
    /** The body is not of the media type that this route takes. */
    MEDIA_TYPE_UNSUPPORTED(415, "The body's media type is not supported"),
    /** The body is compressed, or not in UTF-8. */
    ENCODING_UNSUPPORTED(415, "The body's encoding is not supported"),
    /** The request expects what this server does not do. */
    EXPECTATION_FAILED(417, "The expectation cannot be met"),
    /** The {@code Idempotency-Key} was used before, for another body. */
    IDEMPOTENCY_KEY_REUSED(422, "The Idempotency-Key was used for another body"),
    /** Too many requests of this kind at a time. */
    TOO_MANY_REQUESTS(429, "Too many requests at a time"),
    /** The request's header is larger than 8 KiB. */
    HEADER_TOO_LARGE(431, "The request's header is too large"),
    /** The server has failed; its log has the cause. */
    INTERNAL(500, "The server has failed"),
    /** The HTTP version or a transfer coding is not supported. */
    NOT_SUPPORTED(501, "The request uses what this server does not support"),
    /** The index has not read all topics since its start; {@code percent} is how far it is. */
    INDEX_CATCHING_UP(503, "The index is catching up"),
    /** Too many queries at a time; the same one may be sent again. */
    INDEX_BUSY(503, "Too many queries at a time"),
    /** The file of the index cannot be read. */
    INDEX_UNUSABLE(503, "The index cannot be read"),
    /** The index has not reached the position that the request asks for. */
    POSITION_NOT_REACHED(503, "The index has not reached this position"),
    /** The command is written and takes effect; its answer is not there yet. */
    ANSWER_PENDING(503, "The command is written; its answer is not there yet"),
    /** Kafka or the schema registry has not accepted the records. */
    KAFKA_UNAVAILABLE(503, "The records could not be written"),
    /** This instance cannot do it now. */
    UNAVAILABLE(503, "Not available at present");

    private final int status;
    private final String title;

    ApiError(int status, String title) {
        this.status = status;
        this.title = title;
    }

    /** Returns the HTTP status. */
    public int status() {
        return status;
    }

    /** Returns the sentence for people, without a full stop. */
    public String title() {
        return title;
    }

    /** Returns the error for an HTTP status that Jetty or Javalin has chosen. */
    static ApiError of(int status) {
        return switch (status) {
            case 401 -> UNAUTHENTICATED;
            case 403 -> ROLE_MISSING;
            case 404 -> NOT_FOUND;
            case 405 -> METHOD_NOT_ALLOWED;
            case 408 -> REQUEST_TIMEOUT;
            case 413 -> BODY_TOO_LARGE;
            case 414 -> URI_TOO_LONG;
            case 415 -> MEDIA_TYPE_UNSUPPORTED;
            case 417 -> EXPECTATION_FAILED;
            case 429 -> TOO_MANY_REQUESTS;
            case 431 -> HEADER_TOO_LARGE;
            case 501, 505 -> NOT_SUPPORTED;
            case 503 -> UNAVAILABLE;
            default -> status >= 500 ? INTERNAL : REQUEST_MALFORMED;
        };
    }
}
