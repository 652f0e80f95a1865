package dev.redrive.domain.stats;

/** The standard normal distribution. Stateless. */
public final class Normal {

    private static final double[] A = {
        -3.969683028665376e+01,
        2.209460984245205e+02,
        -2.759285104469687e+02,
        1.383577518672690e+02,
        -3.066479806614716e+01,
        2.506628277459239e+00
    };
    private static final double[] B = {
        -5.447609879822406e+01,
        1.615858368580409e+02,
        -1.556989798598866e+02,
        6.680131188771972e+01,
        -1.328068155288572e+01,
        1
    };
    private static final double[] C = {
        -7.784894002430293e-03,
        -3.223964580411365e-01,
        -2.400758277161838e+00,
        -2.549732539343734e+00,
        4.374664141464968e+00,
        2.938163982698783e+00
    };
    private static final double[] D = {
        7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996e+00, 3.754408661907416e+00, 1
    };
    private static final double LOW = 0.02425;

    private Normal() {}

    /** Returns the quantile of a share from 0 to 1, with a relative error below 1.2e-9 (Acklam, 2003). */
    public static double quantile(double share) {
        double p = Math.max(1e-12, Math.min(1 - 1e-12, share));
        if (p < LOW) {
            double q = Math.sqrt(-2 * Math.log(p));
            return polynomial(C, q) / polynomial(D, q);
        }
        if (p > 1 - LOW) {
            return -quantile(1 - p);
        }
        double q = p - 0.5;
        double r = q * q;
        return polynomial(A, r) * q / polynomial(B, r);
    }

    /** Returns the share below {@code z}, with an absolute error below 7.5e-8. */
    public static double cumulative(double z) {
        return z >= 0 ? 1 - tail(z) : tail(z);
    }

    /** Returns the share above {@code z}, with an absolute error below 7.5e-8. */
    public static double upper(double z) {
        return z >= 0 ? tail(z) : 1 - tail(z);
    }

    /** Returns the density at {@code z}. */
    public static double density(double z) {
        return Math.exp(-z * z / 2) / Math.sqrt(2 * Math.PI);
    }

    /** Returns the tail beyond the absolute value (Abramowitz and Stegun: Handbook of mathematical functions, 26.2.17). */
    private static double tail(double z) {
        double t = 1 / (1 + 0.2316419 * Math.abs(z));
        return density(z)
                * t
                * (0.319381530 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
    }

    private static double polynomial(double[] coefficients, double x) {
        double sum = 0;
        for (double coefficient : coefficients) {
            sum = sum * x + coefficient;
        }
        return sum;
    }
}
