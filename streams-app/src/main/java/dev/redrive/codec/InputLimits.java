package dev.redrive.codec;

import dev.redrive.avro.JobFailure;
import dev.redrive.avro.RequestPayload;
import java.util.Map;

/**
 * The largest parts of a failure that are taken; a failure beyond them is quarantined.
 *
 * @param maxRequestBytes body of the request
 * @param maxErrorBodyChars body of the error response, in UTF-16 units
 * @param maxHeaderCount response headers
 * @param maxHeaderChars name and value of one response header, in UTF-16 units
 * @param maxLabels labels
 */
public record InputLimits(
        int maxRequestBytes, int maxErrorBodyChars, int maxHeaderCount, int maxHeaderChars, int maxLabels) {

    void check(JobFailure record) {
        RequestPayload request = record.getRequest();
        if (request != null) {
            atMost("request.body", request.getBody().remaining(), maxRequestBytes);
        }
        String errorBody = record.getErrorBody();
        if (errorBody != null) {
            atMost("errorBody", errorBody.length(), maxErrorBodyChars);
        }
        atMost("responseHeaders", record.getResponseHeaders().size(), maxHeaderCount);
        for (Map.Entry<String, String> header : record.getResponseHeaders().entrySet()) {
            atMost(
                    "responseHeaders",
                    header.getKey().length() + header.getValue().length(),
                    maxHeaderChars);
        }
        atMost("labels", record.getLabels().size(), maxLabels);
    }

    private static void atMost(String field, int size, int limit) {
        if (size > limit) {
            throw new InvalidFieldException(field + " is too large: " + size + ", the limit is " + limit);
        }
    }
}
