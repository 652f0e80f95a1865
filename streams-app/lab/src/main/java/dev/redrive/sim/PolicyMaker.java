package dev.redrive.sim;

import dev.redrive.domain.lifecycle.Pipeline;

/** Makes a policy for one run. */
@FunctionalInterface
interface PolicyMaker {

    Policy policy(Setting setting);

    /**
     * What a policy is made for.
     *
     * @param scenario the scenario
     * @param jobs its jobs
     * @param dice the policy's own chance
     * @param world the run; only the oracle may look into it
     * @param pipeline the decisions of Redrive
     */
    record Setting(Scenario scenario, Jobs jobs, Dice dice, World world, Pipeline pipeline) {}
}
