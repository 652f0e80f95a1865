package dev.redrive.serde;

import dev.redrive.avro.AccountChange;
import dev.redrive.avro.Alert;
import dev.redrive.avro.AuditEvent;
import dev.redrive.avro.Command;
import dev.redrive.avro.DeadLetter;
import dev.redrive.avro.ErrorRate;
import dev.redrive.avro.JobFailure;
import dev.redrive.avro.JobLifecycle;
import dev.redrive.avro.Outcome;
import dev.redrive.avro.Redrive;
import dev.redrive.avro.RetryRequest;
import dev.redrive.avro.ScheduledRetry;
import dev.redrive.avro.UserState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.apache.avro.Schema;

/** The schemas as they are now, and as they were released: one folder for each release. */
final class Released {

    static final Path FOLDER = Path.of("src/main/resources/released");

    static final List<Schema> CURRENT = List.of(
            AccountChange.getClassSchema(),
            Alert.getClassSchema(),
            AuditEvent.getClassSchema(),
            Command.getClassSchema(),
            DeadLetter.getClassSchema(),
            ErrorRate.getClassSchema(),
            JobFailure.getClassSchema(),
            JobLifecycle.getClassSchema(),
            Outcome.getClassSchema(),
            Redrive.getClassSchema(),
            RetryRequest.getClassSchema(),
            ScheduledRetry.getClassSchema(),
            UserState.getClassSchema());

    private Released() {}

    /** The folders that hold a record, oldest first. */
    static List<Path> versionsOf(String name) throws IOException {
        try (Stream<Path> folders = Files.list(FOLDER)) {
            return folders.filter(folder -> Files.exists(folder.resolve(name + ".avsc")))
                    .sorted(Comparator.comparingInt(Released::number))
                    .toList();
        }
    }

    static Path latestOf(String name) throws IOException {
        List<Path> versions = versionsOf(name);
        return versions.get(versions.size() - 1);
    }

    private static int number(Path folder) {
        return Integer.parseInt(folder.getFileName().toString().substring(1));
    }

    static Schema schema(Path version, String name) throws IOException {
        return new Schema.Parser().parse(Files.readString(version.resolve(name + ".avsc")));
    }

    /** Every released version of a record, oldest first. */
    static List<Schema> schemas(String name) throws IOException {
        List<Schema> schemas = new ArrayList<>();
        for (Path version : versionsOf(name)) {
            schemas.add(schema(version, name));
        }
        return schemas;
    }
}
