package dev.redrive.lab;

import dev.redrive.cli.CommandProvider;
import java.util.List;

/** The commands that need a broker's classes or the simulation. */
public final class LabCommands implements CommandProvider {

    @Override
    public List<Placed> commands() {
        return List.of(
                new Placed(new DevCommand(), "run"),
                new Placed(new SimulateCommand(), "inputs"),
                new Placed(new BenchCommand(), "help"));
    }
}
