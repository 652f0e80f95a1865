package dev.redrive.serde;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Confluent's REST API of the schema registry: paths, bodies and error codes. */
final class HttpRegistry implements RegistryApi {

    private static final int SUBJECT_NOT_FOUND = 40401;
    private static final int VERSION_NOT_FOUND = 40402;
    private static final int SCHEMA_NOT_FOUND = 40403;
    private static final int MAX_MESSAGE_CHARS = 500;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final RegistryTransport transport;

    HttpRegistry(RegistryTransport transport) {
        this.transport = transport;
    }

    @Override
    public @Nullable String schemaById(int id) {
        Reply reply = call("GET", "/schemas/ids/" + id, null);
        return reply.found() ? schemaText(reply.json()) : null;
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

    private Reply call(String method, String path, byte @Nullable [] body) {
        RegistryTransport.Answer answer = transport.call(method, path, body);
        JsonNode json;
        try {
            json = JSON.readTree(answer.body());
        } catch (JsonProcessingException e) {
            json = JSON.missingNode();
        }
        Reply reply = new Reply(answer.status(), json);
        if (!json.isObject() || !(reply.found() || reply.refused())) {
            throw new RegistryAccessException(answer.url() + " answers " + answer.status()
                    + " as no schema registry does; is the path of schema.registry.url right? " + reply.message());
        }
        return reply;
    }

    private record Reply(int status, JsonNode json) {

        boolean found() {
            return status >= 200 && status < 300;
        }

        boolean refused() {
            int code = json.path("error_code").asInt();
            return status == 409
                    || status == 422
                    || code == SUBJECT_NOT_FOUND
                    || code == VERSION_NOT_FOUND
                    || code == SCHEMA_NOT_FOUND;
        }

        String message() {
            String message = json.path("message").asText("");
            String cut = message.length() > MAX_MESSAGE_CHARS ? message.substring(0, MAX_MESSAGE_CHARS) + "…" : message;
            return "status " + status + ", error code "
                    + json.path("error_code").asInt() + ", " + cut;
        }
    }

    private static int id(JsonNode json) {
        JsonNode id = json.path("id");
        if (!id.canConvertToInt() || !id.isIntegralNumber()) {
            throw new RegistryAccessException("the registry's answer holds no id; is schema.registry.url right?");
        }
        return id.intValue();
    }

    private static String schemaText(JsonNode json) {
        if (!json.path("schema").isTextual()) {
            throw new RegistryAccessException("the registry's answer holds no schema; is schema.registry.url right?");
        }
        String type = json.path("schemaType").asText("AVRO");
        if (!type.equals("AVRO")) {
            throw new UndecodableException(
                    UndecodableReason.INCOMPATIBLE_SCHEMA, "the schema is of another type than AVRO");
        }
        if (!json.path("references").isEmpty()) {
            throw new UndecodableException(
                    UndecodableReason.INCOMPATIBLE_SCHEMA, "the schema refers to schemas of other subjects");
        }
        return json.path("schema").asText();
    }

    private static byte[] body(String schema) {
        ObjectNode body = JSON.createObjectNode().put("schema", schema);
        try {
            return JSON.writeValueAsBytes(body);
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
