package dev.redrive.serde;

import dev.redrive.avro.AccountChange;
import dev.redrive.avro.Alert;
import dev.redrive.avro.Command;
import dev.redrive.avro.DeadLetter;
import dev.redrive.avro.ErrorRate;
import dev.redrive.avro.JobFailure;
import dev.redrive.avro.JobLifecycle;
import dev.redrive.avro.Outcome;
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
            Command.getClassSchema(),
            DeadLetter.getClassSchema(),
            ErrorRate.getClassSchema(),
            JobFailure.getClassSchema(),
            JobLifecycle.getClassSchema(),
            Outcome.getClassSchema(),
            RetryRequest.getClassSchema(),
            ScheduledRetry.getClassSchema(),
            UserState.getClassSchema());

    private Released() {}

    static List<Path> versions() throws IOException {
        try (Stream<Path> folders = Files.list(FOLDER)) {
            return folders.filter(Files::isDirectory)
                    .sorted(Comparator.comparingInt(folder ->
                            Integer.parseInt(folder.getFileName().toString().substring(1))))
                    .toList();
        }
    }

    static Schema schema(Path version, String name) throws IOException {
        return new Schema.Parser().parse(Files.readString(version.resolve(name + ".avsc")));
    }

    /** Every released version of a record, oldest first. */
    static List<Schema> schemas(String name) throws IOException {
        List<Schema> schemas = new ArrayList<>();
        for (Path version : versions()) {
            if (Files.exists(version.resolve(name + ".avsc"))) {
                schemas.add(schema(version, name));
            }
        }
        return schemas;
    }
}
