package dev.redrive.cli;

import dev.redrive.config.RedriveConfig;
import dev.redrive.runtime.AccessPlan;
import dev.redrive.runtime.TopicPlan;
import dev.redrive.runtime.Wiring;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** One run of {@code redrive topics export}. */
final class TopicsExportRun {

    private final Terminal terminal;
    private final @Nullable Path file;

    TopicsExportRun(Terminal terminal, @Nullable Path file) {
        this.terminal = terminal;
        this.file = file;
    }

    int run(TopicsExport.Format format, String principal) {
        if (!principal.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,99}")) {
            throw new CommandFailure(
                    Reason.USAGE, "--principal takes 1 to 100 letters, digits, '.', '_' and '-', not " + principal);
        }
        RedriveConfig config = ConfigSource.load(file, terminal.environment());
        TopicPlan topics = Wiring.topics(config);
        LineOutput out = new LineOutput(terminal.out());
        out.lines(format.export().text(topics, AccessPlan.of(topics, config.applicationId(), principal)));
        out.flush();
        return Subcommand.OK;
    }
}
