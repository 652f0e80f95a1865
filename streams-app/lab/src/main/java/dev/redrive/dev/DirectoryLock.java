package dev.redrive.dev;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/** The right of one process to use a directory; the operating system takes it back when the process ends, however it ends. */
final class DirectoryLock implements AutoCloseable {

    private static final String FILE = ".redrive.lock";

    private final FileChannel channel;

    private DirectoryLock(FileChannel channel) {
        this.channel = channel;
    }

    /**
     * Makes the directory where it is missing, and takes the right to it.
     *
     * @throws DevException {@code DIRECTORY_IN_USE} or {@code DIRECTORY_UNUSABLE}
     */
    static DirectoryLock acquire(Path directory) {
        FileChannel channel = null;
        try {
            Files.createDirectories(directory);
            channel = FileChannel.open(directory.resolve(FILE), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            if (tryLock(channel) == null) {
                channel.close();
                throw new DevException(
                        DevException.Reason.DIRECTORY_IN_USE,
                        "the data directory " + directory
                                + " is in use by another instance; stop that one, or choose another by --data-dir",
                        null);
            }
            return new DirectoryLock(channel);
        } catch (IOException e) {
            closeQuietly(channel, e);
            throw new DevException(
                    DevException.Reason.DIRECTORY_UNUSABLE,
                    "the data directory " + directory + " cannot be used (" + why(e)
                            + "); choose another by --data-dir",
                    e);
        }
    }

    private static String why(IOException e) {
        if (e instanceof FileAlreadyExistsException there) {
            return there.getFile() + " is not a directory";
        }
        if (e instanceof NoSuchFileException missing) {
            return missing.getFile() + " cannot be made";
        }
        return e instanceof AccessDeniedException refused
                ? "no permission for " + refused.getFile()
                : "" + e.getMessage();
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException heldInThisProcess) {
            return null;
        }
    }

    private static void closeQuietly(@Nullable FileChannel channel, IOException outer) {
        if (channel == null) {
            return;
        }
        try {
            channel.close();
        } catch (IOException e) {
            outer.addSuppressed(e);
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new DevException(DevException.Reason.DIRECTORY_UNUSABLE, "the directory lock cannot be closed", e);
        }
    }
}
