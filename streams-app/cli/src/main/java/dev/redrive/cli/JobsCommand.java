package dev.redrive.cli;

import com.fasterxml.jackson.databind.JsonNode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** {@code redrive jobs}: shows jobs, through the HTTP API. */
@Command(
        name = "jobs",
        synopsisSubcommandLabel = "COMMAND",
        description = "Show jobs.",
        subcommands = JobsCommand.ShowCommand.class)
final class JobsCommand extends Subcommand {

    @Override
    public Integer call() {
        throw new ParameterException(spec().commandLine(), "a command is missing: show");
    }

    /** {@code redrive jobs show}. */
    @Command(
            name = "show",
            description = "Show a job's dead letters, the oldest first. Why a job waits is shown by redrive why.",
            footer = {"Example:", "  redrive jobs show u1 j1"})
    static final class ShowCommand extends Subcommand {

        @Parameters(index = "0", paramLabel = "USER", description = "Id of the user.")
        private String user = "";

        @Parameters(index = "1", paramLabel = "JOB", description = "Id of the job.")
        private String job = "";

        @Mixin
        private ApiRows.Options rows = new ApiRows.Options();

        @Mixin
        private ApiOptions api = new ApiOptions();

        @Override
        public Integer call() {
            JsonNode answer = api.client(terminal()).get(ApiClient.path("jobs", user, job));
            rows.rows(terminal(), LetterText.columns(terminal().clock().instant()))
                    .print(answer.path("letters"));
            return OK;
        }
    }
}
