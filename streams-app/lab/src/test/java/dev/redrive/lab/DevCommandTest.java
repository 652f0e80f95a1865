package dev.redrive.lab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.cli.CommandFailure;
import dev.redrive.cli.CommandFailure.Reason;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class DevCommandTest {

    @Test
    void shouldSayWhyADevelopmentInstanceWasEndedByItsBroker() {
        CommandFailure full = DevCommand.Run.halted(Path.of("/data"), 3 << 20, Path.of("/data/redrive.log"));
        CommandFailure other = DevCommand.Run.halted(Path.of("/data"), 1L << 40, Path.of("/data/redrive.log"));

        assertThat(full.reason()).isEqualTo(Reason.DISK_FULL);
        assertThat(full)
                .hasMessage(
                        "the broker has ended the process, as it does where it cannot write to /data, which has 3 MiB"
                                + " left; /data/redrive.log has the cause");
        assertThat(other.reason()).isEqualTo(Reason.PIPELINE_FAILED);
    }
}
