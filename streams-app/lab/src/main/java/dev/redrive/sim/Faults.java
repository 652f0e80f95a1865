package dev.redrive.sim;

/**
 * What fails at the simulated API by chance; shares are from 0 to 1.
 *
 * @param badCredential users who are answered 401
 * @param missingScope users and services that are answered 403
 * @param spendCapped users who are answered 402 for a spend cap
 * @param badInput jobs with wrong input
 * @param lost calls that get no response, half of them although they were executed
 * @param internalError calls that are let in and answered 500
 * @param mixedServerError calls that are let in and answered 503, 500, 501 or 520
 * @param asyncFailure accepted jobs that fail later
 */
public record Faults(
        double badCredential,
        double missingScope,
        double spendCapped,
        double badInput,
        double lost,
        double internalError,
        double mixedServerError,
        double asyncFailure) {

    /** Nothing fails by chance. */
    public static final Faults NONE = new Faults(0, 0, 0, 0, 0, 0, 0, 0);

    /** Only calls that are let in and answered 500. */
    static Faults internalErrors(double share) {
        return new Faults(0, 0, 0, 0, 0, share, 0, 0);
    }

    /** The same with so many calls that get no response. */
    public Faults withLost(double share) {
        return new Faults(
                badCredential,
                missingScope,
                spendCapped,
                badInput,
                share,
                internalError,
                mixedServerError,
                asyncFailure);
    }
}
