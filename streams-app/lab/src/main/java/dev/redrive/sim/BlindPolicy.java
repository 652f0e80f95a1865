package dev.redrive.sim;

/** Tries again after a wait that the failure alone decides, as often as it takes, as a retry library in a worker does. */
final class BlindPolicy implements Policy {

    private final Delays delays;
    private final Dice dice;

    BlindPolicy(Delays delays, Dice dice) {
        this.delays = delays;
        this.dice = dice;
    }

    @Override
    public void failed(FailedAttempt failure, PolicyContext context) {
        context.attempt(failure.job(), context.nowMs() + delays.ms(failure, dice));
    }
}
