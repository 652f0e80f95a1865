package dev.redrive.serde;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.kafka.common.config.ConfigException;
import org.jspecify.annotations.Nullable;

/**
 * Addresses and access settings of the registry; equal settings share one client.
 *
 * @param urls base URLs without credentials, tried in order; at least one, at most 16
 * @param authorization value of the Authorization header for all URLs; {@code null} if there is none
 * @param urlAuthorization values of that header by base URL, from credentials in the URLs; empty if {@code
 *     authorization} is set, which wins
 * @param ssl Kafka's {@code ssl.*} settings, without the prefix {@code schema.registry.}
 * @param limits times, attempts and sizes
 */
record RegistrySettings(
        List<URI> urls,
        @Nullable String authorization,
        Map<URI, String> urlAuthorization,
        Map<String, Object> ssl,
        Limits limits) {

    private static final String URL_KEY = "schema.registry.url";
    private static final String BASIC_SOURCE = "basic.auth.credentials.source";
    private static final String BASIC_USER_INFO = "basic.auth.user.info";
    private static final String BEARER_SOURCE = "bearer.auth.credentials.source";
    private static final String BEARER_TOKEN = "bearer.auth.token";
    private static final String SSL_PREFIX = SerdeConfig.Reader.CLIENT_PREFIX + "ssl.";
    static final String OWN_PREFIX = "redrive.registry.";
    private static final int MAX_URLS = 16;

    /**
     * Bounds of the client.
     *
     * @param deadlineMs {@code redrive.registry.deadline.ms}: max time of one call over all attempts and URLs
     * @param requestTimeoutMs {@code redrive.registry.request.timeout.ms}: max time of one attempt
     * @param retries {@code redrive.registry.retries}: rounds over all URLs after the first
     * @param backoffMs {@code redrive.registry.backoff.ms}: max of the random pause after the first round; the max
     *     doubles after each further round
     * @param maxResponseBytes {@code redrive.registry.max.response.bytes}
     * @param cacheEntries {@code redrive.registry.cache.max.entries}: schemas kept by id, and ids kept by schema
     * @param unknownIdTtlMs {@code redrive.registry.unknown.id.ttl.ms}: how long an unknown id is cached
     */
    record Limits(
            int deadlineMs,
            int requestTimeoutMs,
            int retries,
            int backoffMs,
            int maxResponseBytes,
            int cacheEntries,
            int unknownIdTtlMs) {

        static final Set<String> KEYS = Set.of(
                "deadline.ms",
                "request.timeout.ms",
                "retries",
                "backoff.ms",
                "max.response.bytes",
                "cache.max.entries",
                "unknown.id.ttl.ms");

        static Limits of(SerdeConfig.Reader reader) {
            return new Limits(
                    reader.number(OWN_PREFIX + "deadline.ms", 7_000, 10, 600_000),
                    reader.number(OWN_PREFIX + "request.timeout.ms", 3_000, 10, 600_000),
                    reader.number(OWN_PREFIX + "retries", 3, 0, 100),
                    reader.number(OWN_PREFIX + "backoff.ms", 100, 1, 60_000),
                    reader.number(OWN_PREFIX + "max.response.bytes", 1 << 20, 1 << 10, 1 << 26),
                    reader.number(OWN_PREFIX + "cache.max.entries", 1_000, 1, 100_000),
                    reader.number(OWN_PREFIX + "unknown.id.ttl.ms", 5_000, 0, 600_000));
        }
    }

    /** @throws ConfigException if a value is missing, malformed or not supported; it names the key and no secret */
    static RegistrySettings of(Map<String, ?> config) {
        for (String key : config.keySet()) {
            if (key.startsWith(OWN_PREFIX) && !Limits.KEYS.contains(key.substring(OWN_PREFIX.length()))) {
                throw new ConfigException(
                        "Unknown configuration " + key + "; known under " + OWN_PREFIX + " are " + Limits.KEYS);
            }
        }
        SerdeConfig.Reader reader = new SerdeConfig.Reader(config);
        List<URI> given = urls(config.get(URL_KEY));
        Map<URI, String> urlAuthorization = new TreeMap<>();
        List<URI> bare = new ArrayList<>();
        for (URI url : given) {
            URI stripped = URI.create(url.toString().replaceFirst("//[^/@]*@", "//"));
            bare.add(stripped);
            if (url.getUserInfo() != null) {
                urlAuthorization.put(stripped, basic(url.getUserInfo()));
            }
        }
        String authorization = authorization(reader);
        return new RegistrySettings(
                List.copyOf(bare),
                authorization,
                authorization == null ? Map.copyOf(urlAuthorization) : Map.of(),
                ssl(config),
                Limits.of(reader));
    }

    /** Names the URLs only, never a credential. */
    @Override
    public String toString() {
        return "registry " + urls;
    }

    private static List<URI> urls(@Nullable Object value) {
        if (value == null) {
            throw new ConfigException("Missing required configuration \"" + URL_KEY + "\"");
        }
        String joined = value instanceof Collection<?> several
                ? several.stream().map(String::valueOf).collect(Collectors.joining(","))
                : value.toString();
        List<URI> urls = new ArrayList<>();
        for (String part : joined.split(",", -1)) {
            if (!part.isBlank()) {
                urls.add(url(part.strip()));
            }
        }
        if (urls.isEmpty() || urls.size() > MAX_URLS) {
            throw new ConfigException(URL_KEY + " takes 1 to " + MAX_URLS + " URLs, not " + urls.size());
        }
        boolean mock = urls.stream().anyMatch(url -> url.getScheme().equals("mock"));
        if (mock && urls.size() > 1) {
            throw new ConfigException(URL_KEY + ": a mock:// URL must be the only one");
        }
        return urls;
    }

    private static URI url(String text) {
        URI url;
        try {
            url = URI.create(text.endsWith("/") ? text.substring(0, text.length() - 1) : text);
        } catch (IllegalArgumentException e) {
            throw new ConfigException(URL_KEY + " has an entry that is no URL");
        }
        String scheme = url.getScheme();
        boolean known = scheme != null && Set.of("http", "https", "mock").contains(scheme.toLowerCase(Locale.ROOT));
        if (!known || url.getHost() == null || url.getRawQuery() != null || url.getRawFragment() != null) {
            throw new ConfigException(URL_KEY + " takes http://host[:port][/path], https:// and mock://name only");
        }
        return url;
    }

    private static @Nullable String authorization(SerdeConfig.Reader reader) {
        String basicSource = reader.clientText(BASIC_SOURCE);
        String bearerSource = reader.clientText(BEARER_SOURCE);
        if (bearerSource != null && basicSource != null) {
            throw new ConfigException(BASIC_SOURCE + " and " + BEARER_SOURCE + " exclude each other");
        }
        if (bearerSource != null) {
            if (!bearerSource.equals("STATIC_TOKEN")) {
                throw new ConfigException(BEARER_SOURCE, bearerSource, "not STATIC_TOKEN");
            }
            return "Bearer " + required(reader, BEARER_TOKEN, BEARER_SOURCE + "=STATIC_TOKEN");
        }
        if (basicSource == null || basicSource.equals("URL")) {
            return null;
        }
        if (!basicSource.equals("USER_INFO")) {
            throw new ConfigException(BASIC_SOURCE, basicSource, "not one of URL, USER_INFO");
        }
        return basic(required(reader, BASIC_USER_INFO, BASIC_SOURCE + "=USER_INFO"));
    }

    private static String required(SerdeConfig.Reader reader, String key, String because) {
        String value = reader.clientText(key);
        if (value == null || value.chars().anyMatch(c -> c < ' ')) {
            throw new ConfigException(because + " needs " + key + ", in one line");
        }
        return value;
    }

    private static String basic(String userInfo) {
        return "Basic " + Base64.getEncoder().encodeToString(userInfo.getBytes(StandardCharsets.UTF_8));
    }

    private static Map<String, Object> ssl(Map<String, ?> config) {
        Map<String, Object> ssl = new TreeMap<>();
        config.forEach((key, value) -> {
            if (key.startsWith(SSL_PREFIX) && value != null) {
                ssl.put(key.substring(SerdeConfig.Reader.CLIENT_PREFIX.length()), value);
            }
        });
        Object identification = ssl.get("ssl.endpoint.identification.algorithm");
        if (identification != null && !identification.toString().equalsIgnoreCase("https")) {
            throw new ConfigException(
                    SSL_PREFIX + "endpoint.identification.algorithm", identification, "host names are always checked");
        }
        return Map.copyOf(ssl);
    }
}
