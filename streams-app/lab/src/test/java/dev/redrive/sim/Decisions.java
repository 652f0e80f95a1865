package dev.redrive.sim;

import dev.redrive.config.ConfigLoader;
import dev.redrive.domain.lifecycle.Pipeline;
import dev.redrive.runtime.Wiring;
import java.util.Map;

/** Redrive's decisions as they ship, but that jobs without allowance are parked. */
public final class Decisions {

    public static final Pipeline PIPELINE =
            Wiring.decisions(ConfigLoader.load(null, Map.of("REDRIVE_QUOTA__DISPOSITION", "PARK")));

    private Decisions() {}
}
