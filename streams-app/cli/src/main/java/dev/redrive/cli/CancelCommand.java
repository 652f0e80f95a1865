package dev.redrive.cli;

import dev.redrive.avro.CommandKind;
import picocli.CommandLine.Command;

/** {@code redrive cancel}. */
@Command(
        name = "cancel",
        description = {
            "Withdraw pending retries, so that they are never released.",
            "",
            "A job whose retry is withdrawn is finished; what it still reports is counted as stale. Writes a command to the commands topic and waits for its outcome, which names the same command id."
                    + " A command that was written stands, whether it is waited for or not. Exit code 1 if it was"
                    + " rejected, or nothing was heard of it in time."
        },
        footer = {
            "Examples:",
            "  redrive cancel --user u1 --job j1",
            "  redrive cancel --user u1",
            "  redrive cancel --operation music.song.generate --yes"
        })
final class CancelCommand extends OrderCommand {

    @Override
    CommandKind kind() {
        return CommandKind.CANCEL;
    }
}
