package dev.redrive.it;

import dev.redrive.containers.SevenCases;
import dev.redrive.runtime.RedrivePipeline;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The cases that operators publish by hand, on the broker and the registry within Redrive. */
class SevenCasesIT {

    @Test
    void shouldEndOnTheEmbeddedPlatformAsOnAnyOther(@TempDir Path directory) throws Exception {
        try (Platform platform = new Platform(directory);
                RedrivePipeline pipeline = platform.startPipeline()) {
            SevenCases.check(
                    platform.bootstrapServers(),
                    platform.registryUrl(),
                    platform.config().topics().names());
        }
    }
}
