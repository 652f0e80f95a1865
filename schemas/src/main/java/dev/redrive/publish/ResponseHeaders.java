package dev.redrive.publish;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Selects the response headers to publish: none with a credential, and those with retry hints first. */
final class ResponseHeaders {

    private static final Set<String> SECRET = Set.of(
            "authorization",
            "proxy-authorization",
            "authentication-info",
            "proxy-authentication-info",
            "cookie",
            "cookie2",
            "set-cookie",
            "set-cookie2",
            "x-api-key",
            "api-key",
            "x-auth-token",
            "x-csrf-token",
            "x-amz-security-token");
    private static final Set<String> NEEDED = Set.of("retry-after", "retry-after-ms", "date", "content-type");
    private static final Set<String> USEFUL =
            Set.of("x-request-id", "request-id", "x-should-retry", "idempotency-key", "idempotent-replayed", "server");

    private ResponseHeaders() {}

    /**
     * Returns the headers with names in lower case and values of one name joined by {@code ", "}. Retry hints are never
     * omitted for their length, since their absence means no wait: repeated values are dropped, and the excess is cut.
     */
    static Map<String, String> publishable(Map<String, List<String>> headers) {
        Map<String, List<String>> values = new TreeMap<>();
        new TreeMap<>(headers).forEach((name, given) -> {
            String lower = name.toLowerCase(Locale.ROOT);
            if (!lower.isEmpty() && !lower.startsWith(":") && !SECRET.contains(lower)) {
                values.computeIfAbsent(lower, one -> new ArrayList<>()).addAll(given);
            }
        });
        Map<String, String> joined = new TreeMap<>();
        values.forEach((name, all) -> joined.put(name, timesARetry(name) ? bounded(all) : String.join(", ", all)));
        joined.entrySet()
                .removeIf(header -> header.getKey().length() > Limits.MAX_ID_CHARS
                        || header.getValue().length() > Limits.MAX_HEADER_CHARS);
        List<String> names = new ArrayList<>(joined.keySet());
        names.sort(Comparator.comparingInt(ResponseHeaders::rank));
        Map<String, String> kept = new LinkedHashMap<>();
        for (String name : names.subList(0, Math.min(names.size(), Limits.MAX_HEADERS))) {
            kept.put(name, joined.getOrDefault(name, ""));
        }
        return kept;
    }

    private static String bounded(List<String> values) {
        StringBuilder joined = new StringBuilder();
        for (String value : new LinkedHashSet<>(values)) {
            String separator = joined.isEmpty() ? "" : ", ";
            if (joined.length() + separator.length() + value.length() > Limits.MAX_HEADER_CHARS) {
                return joined.isEmpty() ? value.substring(0, Limits.MAX_HEADER_CHARS) : joined.toString();
            }
            joined.append(separator).append(value);
        }
        return joined.toString();
    }

    private static boolean timesARetry(String name) {
        return rank(name) <= 1;
    }

    private static int rank(String name) {
        if (NEEDED.contains(name)) {
            return 0;
        }
        if (name.contains("ratelimit") || name.contains("rate-limit")) {
            return 1;
        }
        return USEFUL.contains(name) ? 2 : 3;
    }
}
