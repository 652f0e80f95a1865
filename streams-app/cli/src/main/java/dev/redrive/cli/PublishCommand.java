package dev.redrive.cli;

import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code redrive publish}: JSON lines onto an input topic. */
@Command(
        name = "publish",
        description = {
            "Publish failures, or other inputs, from JSON lines or a JSON array.",
            "",
            "One object a line, or over several lines, or as an element of one array that is the whole file; an object has"
                    + " at most 1 MiB. A bad one is reported with the number of its first line and does not stop the"
                    + " others, unless they may be parts of it. A broker that goes away is waited for, up to a minute; then the lines that are not known to be"
                    + " written are reported by their numbers. Exit code 1 if any line was bad or is not known to be"
                    + " written.",
            "May be absent: failedAt, at, issuedAt (now), commandId (a random UUID), cause (RESPONSE with httpStatus, else"
                    + " NETWORK) and all that the schema has a default for. Instants are ISO-8601 or milliseconds since"
                    + " 1970. errorBody and request.body may be JSON values or strings; a request body of bytes that are"
                    + " not text is {\"base64\": \"…\"}."
        },
        footer = {
            "Example of a line:",
            "  {\"userId\":\"u1\",\"jobId\":\"j1\",\"attempt\":1,\"service\":\"music\",\"operation\":\"music.song.generate\",",
            "   \"route\":\"/v1/music/songs\",\"httpStatus\":429,\"responseHeaders\":{\"Retry-After\":\"2\"},",
            "   \"request\":{\"body\":{\"prompt\":\"a song\"}}}"
        })
final class PublishCommand extends Subcommand {

    @Parameters(paramLabel = "FILE", description = "A file of JSON lines or a JSON array; - reads standard input.")
    private String file = "";

    @Option(
            names = {"-t", "--topic"},
            paramLabel = "TOPIC",
            defaultValue = "failures",
            description = "What the lines are: ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
    private InputTopic topic = InputTopic.failures;

    @Option(names = "--strict", description = "Stop at the first bad line; lines before it stay published.")
    private boolean strict;

    @Option(names = "--dry-run", description = "Check the lines, and publish nothing; needs no broker.")
    private boolean dryRun;

    @Mixin
    private ConnectionOptions connection = new ConnectionOptions();

    @Override
    public Integer call() {
        InputRecords records = new InputRecords(
                topic,
                PipelineInputs.mapper(
                        ConfigSource.load(connection.config, terminal().environment())),
                terminal().clock());
        Connection target = connection.resolve(terminal().environment());
        try (JsonInput values = JsonInput.open(file, terminal().in())) {
            PublishRun run = dryRun
                    ? PublishRun.check(terminal(), records, strict)
                    : PublishRun.publish(terminal(), records, strict, target, clients());
            return run.run(values);
        } catch (IOException e) {
            throw new CommandFailure(Reason.FILE_UNREADABLE, "cannot read " + file + ": " + e.getMessage(), e);
        }
    }
}
