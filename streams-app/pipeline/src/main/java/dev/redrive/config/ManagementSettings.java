package dev.redrive.config;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * {@code management}: where health and metrics are asked, by HTTP.
 *
 * @param host the address to listen on; one beyond loopback demands a token
 * @param port the port, 0 to 65535; 0 takes a free one; {@code null} listens nowhere
 * @param token what a caller must send as {@code Authorization: Bearer}; 16 to 512 characters; {@code null} asks for none
 */
public record ManagementSettings(
        String host, @Nullable Integer port, @Nullable Secret token) {

    private static final Pattern LOOPBACK = Pattern.compile("localhost|127(?:\\.[0-9]{1,3}){3}|\\[?::1]?");
    private static final Pattern BEARER = Pattern.compile("[A-Za-z0-9._~+/-]{16,512}=*");

    public ManagementSettings {
        Require.that(!host.isBlank(), "host", "is empty; write an address, e.g. 127.0.0.1");
        if (port != null) {
            Require.between("port", port, 0, 65_535);
        }
        Require.that(
                token == null || BEARER.matcher(token.reveal()).matches(),
                "token",
                "must be 16 to 512 letters, digits and '-._~+/' (RFC 6750); make one with e.g. openssl rand -hex 32");
        Require.that(
                port == null || token != null || LOOPBACK.matcher(host).matches(),
                "host",
                "others could ask there without a token; write management.token: ${file:/path}, or host 127.0.0.1");
    }
}
