package dev.redrive.dev;

import dev.redrive.dev.DevInstance.DevException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A process's exclusive lock on a directory; the operating system releases it when the process ends or is killed. */
final class DirectoryLock implements AutoCloseable {

    private static final String FILE = ".redrive.lock";

    private final FileChannel channel;

    private DirectoryLock(FileChannel channel) {
        this.channel = channel;
    }

    /**
     * Creates the directory if it is missing, and locks it.
     *
     * @throws DevException {@code DIRECTORY_IN_USE} or {@code DIRECTORY_UNUSABLE}
     */
    static DirectoryLock acquire(Path directory) {
        try {
            Files.createDirectories(directory);
            FileChannel channel =
                    FileChannel.open(directory.resolve(FILE), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            boolean locked = false;
            try {
                locked = tryLock(channel);
            } finally {
                if (!locked) {
                    channel.close();
                }
            }
            if (locked) {
                return new DirectoryLock(channel);
            }
        } catch (IOException e) {
            throw new DevException(
                    DevException.Reason.DIRECTORY_UNUSABLE,
                    "the data directory " + directory + " cannot be used (" + why(e)
                            + "); choose another by --data-dir",
                    e);
        }
        throw new DevException(
                DevException.Reason.DIRECTORY_IN_USE,
                "the data directory " + directory
                        + " is in use by another instance; stop that one, or choose another by --data-dir",
                null);
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

    private static boolean tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock() != null;
        } catch (OverlappingFileLockException heldInThisProcess) {
            return false;
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
