package dev.redrive.config;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ConfigLoaderTest {

    @Test
    void shouldLoadTheBuiltInDefaults() {
        RedriveConfig config = ConfigLoader.builtIn();

        assertThat(config.applicationId()).isEqualTo("redrive");
        assertThat(config.profiles().all()).hasSize(1);
        assertThat(config.retry().tierList()).extracting("name").containsExactly("10s", "1m", "10m", "1h", "1d");
    }
}
