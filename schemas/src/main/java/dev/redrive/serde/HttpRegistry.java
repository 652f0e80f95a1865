package dev.redrive.serde;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.redrive.serde.RegistryUnavailableException.RegistryAccessException;
import dev.redrive.serde.UndecodableException.UndecodableReason;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Confluent's REST API of the schema registry: paths, bodies and error codes.
 *
 * <p>An error for one id concerns only the records with that id, so that no record can stop a reader by its id. A
 * response that is not in a registry's own form (a page, a redirect, 403 or 404 without a registry's error code) may
 * come from another server, which would answer every request so. The client then requests the registry's subjects: if
 * they are listed, the response is valid; if not, the configuration is wrong or the registry is down.
 */
final class HttpRegistry implements RegistryApi {

    private static final int SUBJECT_NOT_FOUND = 40401;
    private static final int VERSION_NOT_FOUND = 40402;
    private static final int SCHEMA_NOT_FOUND = 40403;
    private static final int MAX_MESSAGE_CHARS = 500;
    private static final int FIRST_REGISTRY_CODE = 40_000;

    private final RegistryTransport transport;

    HttpRegistry(RegistryTransport transport) {
        this.transport = transport;
    }

    @Override
    public @Nullable String schemaById(int id) {
        Reply reply = ask("GET", "/schemas/ids/" + id, null);
        String text = reply.found() && reply.json.isObject()
                ? reply.json.path("schema").textValue()
                : null;
        if (text != null) {
            requireReadable(reply.json);
            return text;
        }
        if (!reply.ownForm()) {
            requireRegistry(reply);
        }
        if (reply.found()) {
            throw new UndecodableException(
                    UndecodableReason.INCOMPATIBLE_SCHEMA,
                    "the registry's answer for schema id " + id + " is no schema: " + reply.message());
        }
        throw new UndecodableException(
                reply.status == 404 ? UndecodableReason.UNKNOWN_SCHEMA_ID : UndecodableReason.SCHEMA_REFUSED,
                "the registry gives no schema for id " + id + ": " + reply.message());
    }

    /** Verifies, after a doubtful response, that the server is a registry and serves this client. */
    private void requireRegistry(Reply doubtful) {
        RegistryTransport.Answer answer = transport.call("GET", "/subjects", null);
        boolean lists = answer.status() >= 200
                && answer.status() < 300
                && answer.body().stripLeading().startsWith("[");
        if (!lists) {
            throw doubtful.access();
        }
    }

    @Override
    public int register(String subject, String schema, boolean normalize) {
        Reply reply = call("POST", "/subjects/" + encode(subject) + "/versions" + query(normalize), body(schema));
        if (!reply.found()) {
            throw new SchemaRefusedException(subject, reply.message());
        }
        return id(reply.json());
    }

    @Override
    public @Nullable Integer lookUp(String subject, String schema, boolean normalize) {
        Reply reply = call("POST", "/subjects/" + encode(subject) + query(normalize), body(schema));
        if (reply.found()) {
            return id(reply.json());
        }
        if (reply.status == 404) {
            return null;
        }
        throw new SchemaRefusedException(subject, reply.message());
    }

    @Override
    public @Nullable Registered latest(String subject) {
        Reply reply = call("GET", "/subjects/" + encode(subject) + "/versions/latest", null);
        return reply.found() ? new Registered(id(reply.json()), schemaText(reply.json())) : null;
    }

    /** Makes a call that is not about one record: a response that is not a registry's own is an outage. */
    private Reply call(String method, String path, byte @Nullable [] body) {
        Reply reply = ask(method, path, body);
        if (!reply.json.isObject() || !(reply.found() || reply.refused())) {
            throw reply.access();
        }
        return reply;
    }

    private Reply ask(String method, String path, byte @Nullable [] body) {
        RegistryTransport.Answer answer = transport.call(method, path, body);
        JsonNode json;
        try {
            json = answer.cutAtBytes() > 0 ? Models.JSON.missingNode() : Models.JSON.readTree(answer.body());
        } catch (JsonProcessingException e) {
            json = Models.JSON.missingNode();
        }
        return new Reply(answer, answer.status(), json);
    }

    private record Reply(RegistryTransport.Answer answer, int status, JsonNode json) {

        boolean found() {
            return status >= 200 && status < 300;
        }

        boolean refused() {
            int code = errorCode();
            return status == 409
                    || status == 422
                    || code == SUBJECT_NOT_FOUND
                    || code == VERSION_NOT_FOUND
                    || code == SCHEMA_NOT_FOUND;
        }

        int errorCode() {
            return json.path("error_code").asInt();
        }

        boolean ownForm() {
            return isOwnForm(status, errorCode());
        }

        RegistryAccessException access() {
            if (status == 403) {
                return RegistryAccessException.credentials(answer.url(), status);
            }
            if (status >= 300 && status < 400) {
                return new RegistryAccessException(answer.url() + " answers " + status
                        + ": redirects are not followed, correct schema.registry.url");
            }
            return new RegistryAccessException(answer.url() + " answers " + status
                    + " as no schema registry does; is the path of schema.registry.url right? " + message());
        }

        String message() {
            if (answer.cutAtBytes() > 0) {
                return "status " + status + ", longer than " + answer.cutAtBytes()
                        + " bytes (redrive.registry.max.response.bytes)";
            }
            String message = json.path("message").asText("");
            String cut = message.length() > MAX_MESSAGE_CHARS ? message.substring(0, MAX_MESSAGE_CHARS) + "…" : message;
            return "status " + status + ", error code " + errorCode() + ", " + cut;
        }
    }

    /** Returns whether an error code has the form that only a registry uses: the status and two more digits. */
    static boolean isOwnForm(int status, int errorCode) {
        return errorCode >= FIRST_REGISTRY_CODE && errorCode / 100 == status;
    }

    private static int id(JsonNode json) {
        JsonNode id = json.path("id");
        if (!id.canConvertToInt() || !id.isIntegralNumber()) {
            throw new RegistryAccessException("the registry's answer has no id; is schema.registry.url right?");
        }
        return id.intValue();
    }

    private static String schemaText(JsonNode json) {
        if (!json.path("schema").isTextual()) {
            throw new RegistryAccessException("the registry's answer has no schema; is schema.registry.url right?");
        }
        requireReadable(json);
        return json.path("schema").asText();
    }

    private static void requireReadable(JsonNode json) {
        String type = json.path("schemaType").asText("AVRO");
        if (!type.equals("AVRO")) {
            throw new UndecodableException(
                    UndecodableReason.INCOMPATIBLE_SCHEMA, "the schema is of another type than AVRO");
        }
        if (!json.path("references").isEmpty()) {
            throw new UndecodableException(
                    UndecodableReason.INCOMPATIBLE_SCHEMA, "the schema refers to schemas of other subjects");
        }
    }

    private static byte[] body(String schema) {
        ObjectNode body = Models.JSON.createObjectNode().put("schema", schema);
        try {
            return Models.JSON.writeValueAsBytes(body);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("an object of one text field is always writable", e);
        }
    }

    private static String query(boolean normalize) {
        return normalize ? "?normalize=true" : "";
    }

    private static String encode(String subject) {
        return URLEncoder.encode(subject, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
