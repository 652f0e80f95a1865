package dev.redrive.lab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.cli.CommandFailure;
import dev.redrive.cli.Reason;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class DevRunTest {

    @Test
    void shouldSayWhyADevelopmentInstanceWasEndedByItsBroker() {
        CommandFailure full = DevRun.halted(Path.of("/data"), 3 << 20, Path.of("/data/redrive.log"));
        CommandFailure other = DevRun.halted(Path.of("/data"), 1L << 40, Path.of("/data/redrive.log"));

        assertThat(full.reason()).isEqualTo(Reason.DISK_FULL);
        assertThat(full)
                .hasMessage(
                        "the broker has ended the process, as it does where it cannot write to /data, which has 3 MiB"
                                + " left; /data/redrive.log tells why");
        assertThat(other.reason()).isEqualTo(Reason.PIPELINE_FAILED);
    }
}
