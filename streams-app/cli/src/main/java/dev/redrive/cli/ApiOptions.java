package dev.redrive.cli;

import dev.redrive.cli.CommandFailure.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where the HTTP API is, and who asks. The token is never an argument: others can read the arguments of a process. */
final class ApiOptions {

    /** Port of the API in {@code redrive dev}: its port base + 4. */
    static final int DEFAULT_PORT = ConnectionOptions.DEFAULT_PORT_BASE + 4;

    private static final String DEFAULT_SERVER = "http://127.0.0.1:" + DEFAULT_PORT;
    private static final int MAX_TOKEN_BYTES = 4_096;
    private static final Pattern TOKEN = Pattern.compile("[!-~]{1,4096}");
    private static final Pattern LOOPBACK =
            Pattern.compile("localhost|127(?:\\.[0-9]{1,3}){3}|\\[(?:0*:)*:?0*1]", Pattern.CASE_INSENSITIVE);

    @Option(
            names = "--server",
            paramLabel = "URL",
            order = 900,
            description = "The HTTP API of a serving instance. Default: REDRIVE_SERVER, else the development instance: "
                    + DEFAULT_SERVER)
    private @Nullable String server;

    @Option(
            names = "--token-file",
            paramLabel = "FILE",
            order = 901,
            description = "A file with the token. Default: the variable REDRIVE_TOKEN, else no token.")
    private @Nullable Path tokenFile;

    @Option(
            names = "--insecure",
            order = 902,
            description = "Send the token in clear text to another machine, where the address begins with http:.")
    private boolean insecure;

    @Option(
            names = "--timeout",
            paramLabel = "DURATION",
            defaultValue = "30s",
            order = 903,
            description = "Give up when an answer takes longer, e.g. 500ms, 30s, 10m. Default: ${DEFAULT-VALUE}.")
    private Duration timeout = Duration.ZERO;

    /**
     * Returns a client.
     *
     * @throws CommandFailure if the address, the token or the timeout is not valid
     */
    ApiClient client(Terminal terminal) {
        Map<String, String> environment = terminal.environment();
        URI address = address(server != null ? server : environment.getOrDefault("REDRIVE_SERVER", DEFAULT_SERVER));
        String token = token(environment);
        if (timeout.compareTo(Duration.ofMillis(1)) < 0) {
            throw new CommandFailure(Reason.USAGE, "--timeout takes at least 1ms");
        }
        boolean inClear = address.getScheme().equalsIgnoreCase("http")
                && !LOOPBACK.matcher(address.getHost()).matches();
        if (token != null && inClear && !insecure) {
            throw new CommandFailure(
                    Reason.USAGE,
                    "the token would be sent in clear text to " + address.getHost()
                            + "; write an address with https:, or --insecure");
        }
        return new ApiClient(address, token, timeout);
    }

    private static URI address(String text) {
        URI address;
        try {
            address = new URI(text.endsWith("/") ? text.substring(0, text.length() - 1) : text);
        } catch (URISyntaxException e) {
            throw wrong("it cannot be read at character " + e.getIndex());
        }
        String scheme = address.getScheme();
        if (scheme == null || !(scheme.equalsIgnoreCase("http") || scheme.equalsIgnoreCase("https"))) {
            throw wrong("it must begin with http:// or https://");
        }
        if (address.getHost() == null) {
            throw wrong("it has no host");
        }
        if (address.getRawUserInfo() != null || address.getRawQuery() != null || address.getRawFragment() != null) {
            throw wrong("it must consist of host, port and path");
        }
        return address;
    }

    private static CommandFailure wrong(String why) {
        return new CommandFailure(Reason.USAGE, "the server's address is not valid: " + why);
    }

    private @Nullable String token(Map<String, String> environment) {
        String token;
        if (tokenFile != null) {
            try (InputStream file = Files.newInputStream(tokenFile)) {
                token = new String(file.readNBytes(MAX_TOKEN_BYTES + 1), StandardCharsets.UTF_8).strip();
            } catch (IOException e) {
                throw new CommandFailure(Reason.FILE_UNREADABLE, "cannot read the token file " + tokenFile, e);
            }
        } else {
            token = environment.get("REDRIVE_TOKEN");
        }
        if (token == null || token.isEmpty() && tokenFile == null) {
            return null;
        }
        if (!TOKEN.matcher(token).matches()) {
            throw new CommandFailure(
                    Reason.USAGE,
                    (tokenFile != null ? "the token file" : "REDRIVE_TOKEN")
                            + " must hold one token of visible ASCII characters, at most " + MAX_TOKEN_BYTES);
        }
        return token;
    }
}
