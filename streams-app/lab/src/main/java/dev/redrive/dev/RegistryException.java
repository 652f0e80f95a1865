package dev.redrive.dev;

/** An answer other than success, in the registry's REST protocol: HTTP status, error code and message. */
final class RegistryException extends Exception {

    private final int status;
    private final int errorCode;

    private RegistryException(int status, int errorCode, String message) {
        super(message);
        this.status = status;
        this.errorCode = errorCode;
    }

    int status() {
        return status;
    }

    int errorCode() {
        return errorCode;
    }

    static RegistryException noSuchPath() {
        return new RegistryException(404, 404, "HTTP 404 Not Found");
    }

    static RegistryException methodNotAllowed() {
        return new RegistryException(405, 405, "HTTP 405 Method Not Allowed");
    }

    static RegistryException bodyTooLarge(int maxBytes) {
        return new RegistryException(413, 413, "The body is larger than " + maxBytes + " bytes.");
    }

    static RegistryException badRequest(int status, String reason) {
        return new RegistryException(status, status, "HTTP " + status + " " + reason);
    }

    static RegistryException forbidden(String reason) {
        return new RegistryException(
                403,
                403,
                reason
                        + ": this registry answers programs of this machine, by the names localhost and 127.0.0.1, and no"
                        + " pages of other sites");
    }

    static RegistryException notJson() {
        return new RegistryException(
                415,
                415,
                "Send the body as Content-Type: application/vnd.schemaregistry.v1+json, or application/json.");
    }

    static RegistryException unreadableBody(String detail) {
        return new RegistryException(400, 400, "The body cannot be read: " + detail);
    }

    static RegistryException noSubject(String subject) {
        return new RegistryException(404, 40401, "Subject '" + subject + "' not found.");
    }

    static RegistryException noVersion(String version) {
        return new RegistryException(404, 40402, "Version " + version + " not found.");
    }

    static RegistryException noSchema() {
        return new RegistryException(404, 40403, "Schema not found");
    }

    static RegistryException noSchema(int id) {
        return new RegistryException(404, 40403, "Schema " + id + " not found");
    }

    static RegistryException notDeletedFirst(String what) {
        return new RegistryException(404, 40405, what + " was not deleted first before being permanently deleted");
    }

    static RegistryException noLevel(String subject) {
        return new RegistryException(
                404, 40408, "Subject '" + subject + "' does not have subject-level compatibility configured");
    }

    static RegistryException noMode(String subject) {
        return new RegistryException(
                404, 40409, "Subject '" + subject + "' does not have subject-level mode configured");
    }

    static RegistryException incompatible(String subject, String details) {
        return new RegistryException(
                409,
                409,
                "Schema being registered is incompatible with an earlier schema for subject \"" + subject
                        + "\", details: " + details);
    }

    static RegistryException invalidSchema(String detail) {
        return new RegistryException(422, 42201, "Invalid schema: " + detail);
    }

    static RegistryException invalidVersion(String version) {
        return new RegistryException(
                422,
                42202,
                "The specified version '" + version
                        + "' is not a valid version id. Allowed values are between [1, 2^31-1] and the string \"latest\"");
    }

    static RegistryException invalidLevel(String level) {
        return new RegistryException(422, 42203, "Invalid compatibility level: " + level);
    }

    static RegistryException invalidSubject(String subject) {
        return new RegistryException(422, 42208, "The specified subject '" + subject + "' is not a valid subject");
    }

    static RegistryException full(String what) {
        return new RegistryException(422, 42299, "This development registry is full: " + what);
    }

    static RegistryException storeFailed(String detail) {
        return new RegistryException(500, 50001, "The registry's file cannot be written: " + detail);
    }

    static RegistryException internal() {
        return new RegistryException(500, 50000, "Internal error; see the log");
    }
}
