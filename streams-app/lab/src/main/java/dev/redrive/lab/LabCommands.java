package dev.redrive.lab;

import dev.redrive.cli.CommandProvider;
import dev.redrive.cli.Subcommand;
import java.util.List;

/** The commands that need a broker's classes or the simulation. */
public final class LabCommands implements CommandProvider {

    @Override
    public List<Subcommand> commands() {
        return List.of(new DevCommand(), new SimulateCommand(), new BenchCommand());
    }
}
