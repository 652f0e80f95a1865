package dev.redrive.server.api;

import dev.redrive.config.ServerSettings.Role;
import io.javalin.http.HandlerType;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Every route of the API. {@code openapi.yaml} describes each; a test compares both. */
public enum ApiRoute {
    /** Health of this instance and of its index. */
    HEALTH(HandlerType.GET, "/v1/health", Role.VIEW, Body.NONE, true, null),
    /** This API's description. */
    OPENAPI(HandlerType.GET, "/v1/openapi.yaml", Role.VIEW, Body.NONE, true, null),
    /** Dead letters, the newest first. */
    LETTERS(HandlerType.GET, "/v1/dead-letters", Role.VIEW, Body.NONE, true, null, "filter", "cursor", "limit", "asOf"),
    /** How many dead letters pass a filter, by a field. */
    LETTER_COUNTS(HandlerType.GET, "/v1/dead-letters/counts", Role.VIEW, Body.NONE, true, null, "filter", "by", "asOf"),
    /** Groups of dead letters with the same fingerprint. Their sums are over all users. */
    LETTER_GROUPS(
            HandlerType.GET,
            "/v1/dead-letters/groups",
            Role.VIEW,
            Body.NONE,
            false,
            null,
            "filter",
            "cursor",
            "limit",
            "asOf"),
    /** Notes a decision about a group: resolved, ignored, open again, or a note alone. */
    GROUP_DECIDE(HandlerType.POST, "/v1/dead-letters/groups/{group}", Role.REDRIVE, Body.JSON, false, "group.decide"),
    /** One dead letter; with its payload for roles that may see it. */
    LETTER(HandlerType.GET, "/v1/dead-letters/{id}", Role.VIEW, Body.NONE, true, null, "asOf"),
    /** Discards a dead letter. */
    LETTER_DISCARD(HandlerType.POST, "/v1/dead-letters/{id}/discard", Role.REDRIVE, Body.JSON, false, "letter.discard"),
    /** Redrives, the newest first. */
    REDRIVES(HandlerType.GET, "/v1/redrives", Role.VIEW, Body.NONE, false, null, "cursor", "limit", "asOf"),
    /** Freezes a plan. */
    REDRIVE_PLAN(HandlerType.POST, "/v1/redrives", Role.REDRIVE, Body.JSON, false, "redrive.plan"),
    /** One redrive: its plan, its state, how far it is. */
    REDRIVE(HandlerType.GET, "/v1/redrives/{redriveId}", Role.VIEW, Body.NONE, false, null, "asOf"),
    /** What became of each letter of a redrive. */
    REDRIVE_RESULTS(
            HandlerType.GET,
            "/v1/redrives/{redriveId}/results",
            Role.VIEW,
            Body.NONE,
            false,
            null,
            "result",
            "cursor",
            "limit",
            "asOf"),
    /** Starts a plan. */
    REDRIVE_START(HandlerType.POST, "/v1/redrives/{redriveId}/start", Role.REDRIVE, Body.JSON, false, "redrive.start"),
    /** Pauses a redrive. */
    REDRIVE_PAUSE(HandlerType.POST, "/v1/redrives/{redriveId}/pause", Role.REDRIVE, Body.JSON, false, "redrive.pause"),
    /** Resumes a paused or halted redrive. */
    REDRIVE_RESUME(
            HandlerType.POST, "/v1/redrives/{redriveId}/resume", Role.REDRIVE, Body.JSON, false, "redrive.resume"),
    /** Cancels a redrive: no further letter is released. */
    REDRIVE_CANCEL(
            HandlerType.POST, "/v1/redrives/{redriveId}/cancel", Role.REDRIVE, Body.JSON, false, "redrive.cancel"),
    /** A job: its dead letters. */
    JOB(HandlerType.GET, "/v1/jobs/{user}/{job}", Role.VIEW, Body.NONE, true, null, "asOf"),
    /** Why a job waits. */
    JOB_WHY(HandlerType.GET, "/v1/jobs/{user}/{job}/why", Role.VIEW, Body.NONE, true, null),
    /** The answer to a command that was written by this instance. */
    COMMAND(HandlerType.GET, "/v1/commands/{commandId}", Role.REDRIVE, Body.NONE, false, null),
    /** Cancels pending retries. */
    RETRIES_CANCEL(HandlerType.POST, "/v1/retries/cancel", Role.REDRIVE, Body.JSON, false, "retries.cancel"),
    /** Releases pending retries as soon as their gates permit. */
    RETRIES_EXPEDITE(HandlerType.POST, "/v1/retries/expedite", Role.REDRIVE, Body.JSON, false, "retries.expedite"),
    /** Blocks retries of a user, a service, an operation or all, until an instant. */
    HOLD_PLACE(HandlerType.POST, "/v1/holds", Role.REDRIVE, Body.JSON, false, "hold.place"),
    /** Ends a hold; its retries ramp up. */
    HOLD_RELEASE(HandlerType.POST, "/v1/holds/release", Role.REDRIVE, Body.JSON, false, "hold.release"),
    /** Takes failures: one as JSON, or many as NDJSON. */
    FAILURES_PUBLISH(HandlerType.POST, "/v1/failures", Role.INGEST, Body.RECORDS, false, "failures.publish"),
    /** Takes an event of the platform, signed by it. */
    WEBHOOK(HandlerType.POST, "/v1/webhooks/{source}", null, Body.SIGNED, false, "webhook.event");

    /** What a request carries. */
    enum Body {
        /** Nothing. */
        NONE(0),
        /** One JSON object. */
        JSON(1 << 20),
        /** One JSON object, or NDJSON. */
        RECORDS(16 << 20),
        /** One JSON object, signed. */
        SIGNED(1 << 20);

        private final int maxBytes;

        Body(int maxBytes) {
            this.maxBytes = maxBytes;
        }

        /** Returns the maximum size of a body in bytes. */
        int maxBytes() {
            return maxBytes;
        }

        boolean accepts(String mediaType) {
            return switch (this) {
                case NONE -> false;
                case JSON, SIGNED -> mediaType.equals(JSON_TYPE);
                case RECORDS -> mediaType.equals(JSON_TYPE) || mediaType.equals(NDJSON_TYPE);
            };
        }
    }

    static final String JSON_TYPE = "application/json";
    static final String NDJSON_TYPE = "application/x-ndjson";

    private static final Pattern PARAMETER = Pattern.compile("\\{([a-zA-Z]+)}");

    private final HandlerType method;
    private final String path;
    private final @Nullable Role role;
    private final Body body;
    private final boolean forBound;
    private final @Nullable String action;
    private final Set<String> parameters;

    ApiRoute(
            HandlerType method,
            String path,
            @Nullable Role role,
            Body body,
            boolean forBound,
            @Nullable String action,
            String... parameters) {
        this.method = method;
        this.path = path;
        this.role = role;
        this.body = body;
        this.forBound = forBound;
        this.action = action;
        this.parameters = Set.of(parameters);
    }

    /** Returns the HTTP method. */
    HandlerType method() {
        return method;
    }

    /** Returns the path with its parameters in braces. */
    String path() {
        return path;
    }

    /** Returns the names of the path's parameters. */
    List<String> pathParameters() {
        Matcher matcher = PARAMETER.matcher(path);
        return matcher.results().map(result -> result.group(1)).toList();
    }

    /** Returns the role that it takes; {@code null} if the request is authenticated by its signature. */
    @Nullable
    Role role() {
        return role;
    }

    /** Returns what a request carries. */
    Body body() {
        return body;
    }

    /** Returns whether callers bound to one user or service may use it; it then filters by them. */
    boolean forBound() {
        return forBound;
    }

    /** Returns the word for the audit; {@code null} if it only reads. */
    @Nullable
    String action() {
        return action;
    }

    /** Returns the names of the permitted query parameters. */
    Set<String> parameters() {
        return parameters;
    }
}
