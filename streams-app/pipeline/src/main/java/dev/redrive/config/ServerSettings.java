package dev.redrive.config;

import dev.redrive.config.ClientProperties.Secret;
import dev.redrive.config.ConfigException.InvalidSetting;
import dev.redrive.config.ConfigException.Require;
import dev.redrive.config.RedriveConfig.ManagementSettings;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * {@code server}: the HTTP API and the dead-letter index.
 *
 * @param host the address to listen on; one beyond loopback requires tokens and TLS, unless {@code insecure}
 * @param port the port, 0 to 65535; 0 for a free one; {@code null}: this instance does not serve
 * @param directory where the index is kept; {@code null} for {@code server} in {@code streams.stateDir}
 * @param tokens path of the tokens file; {@code null}: no token is required
 * @param tls certificate and key
 * @param insecure permits an address beyond loopback without tokens or TLS
 * @param allowedHosts names accepted in the {@code Host} header besides loopback's and {@code host}, without a port; at
 *     most 100
 * @param redact JSON Pointers (RFC 6901) of what is masked in shown payloads; at most 100
 * @param payloadsVisibleTo the roles that see payloads
 * @param maxConnections maximum number of open connections; 10 to 100000
 * @param webhooks sources of webhooks by name; at most 20
 */
public record ServerSettings(
        String host,
        @Nullable Integer port,
        @Nullable String directory,
        @Nullable String tokens,
        TlsSettings tls,
        boolean insecure,
        List<String> allowedHosts,
        List<String> redact,
        List<Role> payloadsVisibleTo,
        int maxConnections,
        Map<String, WebhookSettings> webhooks) {

    private static final int MAX_ITEMS = 100;
    private static final int MAX_WEBHOOKS = 20;
    private static final Pattern HOST = Pattern.compile("[A-Za-z0-9._-]{1,253}|\\[[0-9A-Fa-f:.]+]");
    private static final Pattern POINTER = Pattern.compile("(?:/(?:[^~/]|~[01])*){1,20}");
    private static final Pattern SOURCE = Pattern.compile("[a-z0-9][a-z0-9-]{0,39}");

    public ServerSettings {
        Require.that(!host.isBlank(), "host", "is empty; write an address, e.g. 127.0.0.1");
        if (port != null) {
            Require.between("port", port, 0, 65_535);
        }
        allowedHosts = List.copyOf(allowedHosts);
        redact = List.copyOf(redact);
        payloadsVisibleTo = List.copyOf(payloadsVisibleTo);
        webhooks = Map.copyOf(new LinkedHashMap<>(webhooks));
        Require.between("allowedHosts", allowedHosts.size(), 0, MAX_ITEMS);
        for (String allowed : allowedHosts) {
            Require.that(
                    HOST.matcher(allowed).matches(),
                    "allowedHosts",
                    "'" + allowed
                            + "' is no name of a host; write it without scheme and port, e.g. redrive.example.com");
        }
        Require.between("redact", redact.size(), 0, MAX_ITEMS);
        for (String pointer : redact) {
            Require.that(
                    POINTER.matcher(pointer).matches(),
                    "redact",
                    "'" + pointer + "' is no JSON Pointer; write e.g. /customer/email");
        }
        Require.between("maxConnections", maxConnections, 10, 100_000);
        Require.between("webhooks", webhooks.size(), 0, MAX_WEBHOOKS);
        for (String source : webhooks.keySet()) {
            Require.that(
                    SOURCE.matcher(source).matches(),
                    "webhooks",
                    "'" + source + "' is no name; write 1 to 40 lower-case letters, digits and '-'");
        }
        if (port != null && !loopback(host) && !insecure) {
            Require.that(
                    tokens != null,
                    "host",
                    "others could ask there without a token; write server.tokens: /path, host 127.0.0.1, or insecure:"
                            + " true");
            Require.that(
                    tls.keyStore() != null,
                    "host",
                    "tokens would be sent in clear text there; write server.tls, host 127.0.0.1, or insecure: true");
        }
    }

    /** Returns whether the API listens on loopback only. */
    public boolean loopback() {
        return loopback(host);
    }

    private static boolean loopback(String host) {
        return ManagementSettings.LOOPBACK.matcher(host).matches();
    }

    /** Returns where the index is kept. */
    public Path directory(StreamsSettings streams) {
        return directory == null ? Path.of(streams.stateDir()).resolve("server") : Path.of(directory);
    }

    /** What a caller may do. Who may redrive may view; who may only publish sees nothing. */
    public enum Role {
        /** Read. */
        VIEW,
        /** Redrive, discard, hold, cancel and expedite. */
        REDRIVE,
        /** Publish failures. */
        INGEST,
        /** Everything. */
        ADMIN
    }

    /**
     * {@code server.tls}: certificate and key.
     *
     * @param keyStore path of a PKCS12 file; {@code null} for no TLS
     * @param password its password
     */
    public record TlsSettings(
            @Nullable String keyStore, @Nullable Secret password) {

        public TlsSettings {
            Require.that(
                    keyStore == null || password != null,
                    "keyStore",
                    "has no password; write password: ${file:/path} beside it");
        }
    }

    /**
     * {@code server.webhooks.<source>}: one source of webhooks.
     *
     * @param secrets any of these signs a request; 1 to 5, of at least 16 characters each
     */
    public record WebhookSettings(List<Secret> secrets) {

        private static final int MIN_LENGTH = 16;

        public WebhookSettings {
            secrets = List.copyOf(secrets);
            Require.between("secrets", secrets.size(), 1, 5);
            for (Secret secret : secrets) {
                if (secret.reveal().length() < MIN_LENGTH) {
                    throw new InvalidSetting(
                            "secrets", "must be at least 16 characters each; make one with e.g. openssl rand -hex 32");
                }
            }
        }
    }
}
