package dev.redrive.cli;

import dev.redrive.avro.CommandKind;
import picocli.CommandLine.Command;

/** {@code redrive expedite}. */
@Command(
        name = "expedite",
        description = {
            "Make pending retries due now.",
            "",
            "They still ask the gates: a retry that a gate holds goes when that gate opens. Writes a command to the commands topic and waits for its outcome, which names the same command id."
                    + " A command that was written stands, whether it is waited for or not. Exit code 1 if it was"
                    + " rejected, or nothing was heard of it in time."
        },
        footer = {
            "Examples:",
            "  redrive expedite --user u1 --job j1",
            "  redrive expedite --user u1",
            "  redrive expedite --operation music.song.generate --yes"
        })
final class ExpediteCommand extends OrderCommand {

    @Override
    CommandKind kind() {
        return CommandKind.EXPEDITE;
    }
}
