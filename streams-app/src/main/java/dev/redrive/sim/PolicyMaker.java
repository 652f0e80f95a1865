package dev.redrive.sim;

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
     */
    record Setting(Scenario scenario, Jobs jobs, Dice dice, World world) {}
}
