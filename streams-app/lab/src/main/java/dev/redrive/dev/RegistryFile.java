package dev.redrive.dev;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** The one file in which the development registry keeps its state; a crash leaves either the old or the new one. */
final class RegistryFile {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final Path file;
    private final Path next;

    RegistryFile(Path directory) {
        this.file = directory.resolve("registry.json");
        this.next = directory.resolve("registry.json.next");
    }

    /** The state last written, or the empty one; throws {@code DATA_UNREADABLE} if the file cannot be understood. */
    RegistryState read() {
        if (!Files.exists(file)) {
            return RegistryState.EMPTY;
        }
        try {
            return JSON.readValue(Files.readAllBytes(file), RegistryState.class);
        } catch (IOException e) {
            throw new DevException(
                    DevException.Reason.DATA_UNREADABLE,
                    "the schema registry's file " + file + " cannot be read; move it away to start without it",
                    e);
        }
    }

    void write(RegistryState state) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(JSON.writeValueAsBytes(state));
        try (FileChannel channel = FileChannel.open(
                next, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
