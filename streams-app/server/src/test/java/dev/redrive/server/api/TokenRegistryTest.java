package dev.redrive.server.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.redrive.config.AccessToken;
import dev.redrive.config.ConfigException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TokenRegistryTest {

    private static final String NEW = "new-token-0123456789";

    @TempDir
    private Path directory;

    private final AtomicLong nanos = new AtomicLong();

    @Test
    void shouldFindACallerByItsTokenOnly() throws IOException {
        TokenRegistry registry = new TokenRegistry(ApiFixture.tokens(directory), nanos::get);

        assertThat(registry.find("Bearer " + ApiFixture.ADMIN))
                .extracting(AccessToken::name)
                .isEqualTo("ann");
        assertThat(registry.find("bearer  " + ApiFixture.BOUND + " "))
                .extracting(AccessToken::user)
                .isEqualTo("u-1");
        assertThat(registry.find(ApiFixture.ADMIN)).isNull();
        assertThat(registry.find("Bearer")).isNull();
        assertThat(registry.find(null)).isNull();
    }

    @Test
    void shouldReadAChangedFileAgainAfterASecond() throws IOException {
        Path file = ApiFixture.tokens(directory);
        TokenRegistry registry = new TokenRegistry(file, nanos::get);
        Files.writeString(file, "tokens:\n" + ApiFixture.token("new", NEW, "[VIEW]", ""));

        assertThat(registry.find("Bearer " + NEW)).isNull();
        nanos.addAndGet(1_000_000_000L);

        assertThat(registry.find("Bearer " + NEW)).isNotNull();
        assertThat(registry.find("Bearer " + ApiFixture.ADMIN)).isNull();
    }

    @Test
    void shouldKeepTheFormerCallersWhileTheFileHasMistakes() throws IOException {
        Path file = ApiFixture.tokens(directory);
        TokenRegistry registry = new TokenRegistry(file, nanos::get);
        Files.writeString(file, "tokens: [");
        nanos.addAndGet(1_000_000_000L);

        assertThat(registry.find("Bearer " + ApiFixture.ADMIN)).isNotNull();

        Files.writeString(file, "tokens:\n" + ApiFixture.token("new", NEW, "[VIEW]", ""));
        nanos.addAndGet(1_000_000_000L);

        assertThat(registry.find("Bearer " + ApiFixture.ADMIN)).isNull();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{name: a, sha256: HASH}                                | tokens[0].roles",
                "{name: a, sha256: xyz, roles: [VIEW]}                  | tokens[0].sha256",
                "{sha256: HASH, roles: [VIEW]}                          | tokens[0].name",
                "{name: 'a b', sha256: HASH, roles: [VIEW]}             | tokens[0].name",
                "{name: a, sha256: HASH, roles: [ROOT]}                 | tokens[0].roles",
                "{name: a, sha256: HASH, roles: [ADMIN], user: u}       | tokens[0].roles",
                "{name: a, sha256: HASH, roles: [VIEW], user: u, service: s} | tokens[0].service",
                "{name: a, sha256: HASH, roles: [VIEW], token: secret}  | tokens[0].token",
            })
    void shouldRefuseAnEntryWithLineAndPath(String entry, String path) throws IOException {
        Path file = directory.resolve("tokens.yaml");
        Files.writeString(file, "tokens:\n  - " + entry.replace("HASH", "0".repeat(64)) + "\n");

        assertThatThrownBy(() -> new TokenRegistry(file, nanos::get))
                .isInstanceOfSatisfying(
                        ConfigException.class,
                        e -> assertThat(e.problems()).anySatisfy(problem -> {
                            assertThat(problem.path()).isEqualTo(path);
                            assertThat(problem.line()).isEqualTo(2);
                        }));
    }

    @Test
    void shouldRefuseTheSameTokenTwice() throws IOException {
        Path file = directory.resolve("tokens.yaml");
        Files.writeString(
                file,
                "tokens:\n" + ApiFixture.token("a", NEW, "[VIEW]", "") + ApiFixture.token("b", NEW, "[ADMIN]", ""));

        assertThatThrownBy(() -> new TokenRegistry(file, nanos::get)).isInstanceOf(ConfigException.class);
    }
}
