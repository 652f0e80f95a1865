package dev.redrive.server.api;

import dev.redrive.config.AccessToken;
import dev.redrive.config.ConfigException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The callers of the tokens file. The file is looked up again at most once a second, and read again when its time or
 * size has changed; one with mistakes is logged, and the former callers stay. Safe for use by several threads.
 */
final class TokenRegistry {

    private static final Logger LOG = LoggerFactory.getLogger(TokenRegistry.class);
    private static final long CHECK_EVERY_NANOS = 1_000_000_000L;
    private static final int MAX_TOKEN_LENGTH = 512;
    private static final String SCHEME = "Bearer ";

    private record Entry(AccessToken token, byte[] hash) {}

    private record Loaded(List<Entry> entries, Object version) {}

    private final Path file;
    private final LongSupplier nanoTime;
    private final AtomicLong nextCheckNanos;
    private volatile Loaded loaded;

    /**
     * Reads the file.
     *
     * @throws ConfigException if it has mistakes
     */
    TokenRegistry(Path file, LongSupplier nanoTime) {
        this.file = file;
        this.nanoTime = nanoTime;
        this.loaded = load(version());
        this.nextCheckNanos = new AtomicLong(nanoTime.getAsLong() + CHECK_EVERY_NANOS);
    }

    /**
     * Returns the caller whose token an {@code Authorization} header holds; {@code null} if there is none. Takes the
     * same time for every token, whether it is known or not.
     */
    @Nullable
    AccessToken find(@Nullable String authorization) {
        refresh();
        if (authorization == null || !authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            return null;
        }
        String shown = authorization.substring(SCHEME.length()).strip();
        if (shown.isEmpty() || shown.length() > MAX_TOKEN_LENGTH) {
            return null;
        }
        byte[] hash = sha256(shown.getBytes(StandardCharsets.UTF_8));
        AccessToken found = null;
        for (Entry entry : loaded.entries()) {
            if (MessageDigest.isEqual(entry.hash(), hash)) {
                found = entry.token();
            }
        }
        return found;
    }

    private void refresh() {
        long now = nanoTime.getAsLong();
        long next = nextCheckNanos.get();
        if (now - next < 0 || !nextCheckNanos.compareAndSet(next, now + CHECK_EVERY_NANOS)) {
            return;
        }
        Object version = version();
        if (!version.equals(loaded.version())) {
            try {
                loaded = load(version);
                LOG.info(
                        "the tokens file was read again: {} callers",
                        loaded.entries().size());
            } catch (ConfigException e) {
                loaded = new Loaded(loaded.entries(), version);
                LOG.error("the tokens file has mistakes, and the former callers stay: {}", e.getMessage());
            }
        }
    }

    private Loaded load(Object version) {
        return new Loaded(
                AccessToken.read(file).stream()
                        .map(token -> new Entry(token, HexFormat.of().parseHex(token.sha256())))
                        .toList(),
                version);
    }

    private Object version() {
        try {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            return List.of(attributes.lastModifiedTime(), attributes.size(), String.valueOf(attributes.fileKey()));
        } catch (IOException e) {
            return "absent";
        }
    }

    static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
