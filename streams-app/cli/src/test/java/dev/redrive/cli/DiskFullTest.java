package dev.redrive.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.cli.CommandFailure.Reason;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.util.Objects;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.streams.errors.ProcessorStateException;
import org.apache.kafka.streams.errors.StreamsException;
import org.junit.jupiter.api.Test;
import org.rocksdb.RocksDBException;

class DiskFullTest {

    private final IOException full = new IOException("No space left on device");

    @Test
    void shouldFindItBelowWhatStreamsRocksDbAndClientsThrow() {
        assertThat(sentence(new StreamsException("thread", new KafkaException(full))))
                .isEqualTo("cannot start: No space left on device");
        assertThat(sentence(new ProcessorStateException(
                        "store", new RocksDBException("While appending to file: /s/1.sst: No space left on device"))))
                .isEqualTo("cannot start: While appending to file: /s/1.sst: No space left on device");
        assertThat(sentence(new UncheckedIOException(new FileSystemException("/s/.lock", null, "Disk quota exceeded"))))
                .isEqualTo("cannot start: /s/.lock: Disk quota exceeded");
    }

    @Test
    void shouldKeepTheSentenceThatNamesTheFileAlready() {
        CommandFailure failure = CommandFailure.diskFull(
                "the disk is full",
                new CommandFailure(Reason.FILE_UNREADABLE, "cannot write /x: No space left on device", full));

        assertThat(failure).hasMessage("cannot write /x: No space left on device");
        assertThat(failure).isNotNull().extracting(CommandFailure::reason).isEqualTo(Reason.DISK_FULL);
    }

    @Test
    void shouldFindNothingWhereTheDiskIsNotFull() {
        IllegalStateException ring = new IllegalStateException("a");
        ring.initCause(new IllegalStateException("b", ring));

        assertThat(CommandFailure.diskFull("x", null)).isNull();
        assertThat(CommandFailure.diskFull("x", ring)).isNull();
        assertThat(CommandFailure.diskFull("x", new StreamsException(new IOException("Permission denied"))))
                .isNull();
    }

    private static String sentence(Exception failure) {
        CommandFailure found = Objects.requireNonNull(CommandFailure.diskFull("cannot start", failure));
        assertThat(found.reason()).isEqualTo(Reason.DISK_FULL);
        return String.valueOf(found.getMessage());
    }
}
