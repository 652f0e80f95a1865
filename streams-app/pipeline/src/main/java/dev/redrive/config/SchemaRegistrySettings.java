package dev.redrive.config;

import java.net.URI;
import java.util.List;
import java.util.Set;

/**
 * {@code schemaRegistry}: how to reach the schema registry.
 *
 * @param url addresses, tried in order; 1 to 10; credentials belong into {@code properties}
 * @param properties passed through to the serde, by Confluent's names, e.g. {@code basic.auth.user.info}
 */
public record SchemaRegistrySettings(List<String> url, ClientProperties properties) {

    private static final Set<String> SCHEMES = Set.of("http", "https", "mock");

    public SchemaRegistrySettings {
        url = List.copyOf(url);
        Require.between("url", url.size(), 1, 10);
        url.forEach(SchemaRegistrySettings::check);
        Require.that(
                !properties.passed().containsKey("schema.registry.url"),
                "properties",
                "'schema.registry.url' has a place of its own; write schemaRegistry.url");
    }

    private static void check(String address) {
        URI uri;
        try {
            uri = URI.create(address);
        } catch (IllegalArgumentException e) {
            throw new InvalidSetting("url", "this is no address; write e.g. http://localhost:8081");
        }
        Require.that(
                uri.getScheme() != null && SCHEMES.contains(uri.getScheme()) && uri.getRawAuthority() != null,
                "url",
                "this is no address; write e.g. http://localhost:8081");
        Require.that(
                uri.getRawQuery() == null && uri.getRawFragment() == null,
                "url",
                "an address ends with its path; write credentials under schemaRegistry.properties");
        Require.that(
                !uri.getRawAuthority().contains("@"),
                "url",
                "credentials do not belong here; write basic.auth.credentials.source: USER_INFO and"
                        + " basic.auth.user.info: ${file:/path} under schemaRegistry.properties");
    }
}
