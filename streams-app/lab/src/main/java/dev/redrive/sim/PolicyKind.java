package dev.redrive.sim;

import java.util.Arrays;
import java.util.Optional;

/** The policies that can be compared, in the order in which they are shown. */
public enum PolicyKind {
    /** {@link Delays#FIXED}. */
    FIXED("fixed", "5 s after every failure", setting -> new BlindPolicy(Delays.FIXED, setting.dice())),
    /** {@link Delays#EXPONENTIAL}. */
    EXPONENTIAL(
            "exponential",
            "1 s, 2 s, 4 s, … up to 60 s, without jitter",
            setting -> new BlindPolicy(Delays.EXPONENTIAL, setting.dice())),
    /** {@link Delays#FULL_JITTER}. */
    FULL_JITTER(
            "full-jitter",
            "anything from 0 to 1 s, 2 s, 4 s, … up to 60 s",
            setting -> new BlindPolicy(Delays.FULL_JITTER, setting.dice())),
    /** {@link Delays#DOUBLED_HINT}. */
    DOCS_LOOP(
            "docs-loop",
            "the loop of API documentation: Retry-After, else 1 s, doubled every time, up to 60 s",
            setting -> new BlindPolicy(Delays.DOUBLED_HINT, setting.dice())),
    /** {@link Delays#JITTER_AFTER_HINT}. */
    HINTED_JITTER(
            "hinted-jitter",
            "full jitter that begins at Retry-After",
            setting -> new BlindPolicy(Delays.JITTER_AFTER_HINT, setting.dice())),
    /** {@link RedrivePolicy}, told of failures only. */
    REDRIVE_FAILURES(
            "redrive-failures",
            "Redrive, told of failures only",
            setting -> new RedrivePolicy(RedrivePolicy.reach(false), setting.jobs(), setting.pipeline())),
    /** {@link RedrivePolicy}, told of lifecycle events and account changes too. */
    REDRIVE(
            "redrive",
            "Redrive, told of lifecycle events and account changes too",
            setting -> new RedrivePolicy(RedrivePolicy.reach(true), setting.jobs(), setting.pipeline())),
    /** {@link OraclePolicy}. */
    ORACLE(
            "oracle",
            "knows the API's state at every instant; what others are measured by",
            setting -> new OraclePolicy(setting.jobs(), setting.world()));

    private final String word;
    private final String summary;
    private final PolicyMaker maker;

    PolicyKind(String word, String summary, PolicyMaker maker) {
        this.word = word;
        this.summary = summary;
        this.maker = maker;
    }

    /** Makes one for a run. */
    PolicyMaker maker() {
        return maker;
    }

    /** Its name on the command line and in reports. */
    public String word() {
        return word;
    }

    /** What it does, in one line. */
    public String summary() {
        return summary;
    }

    /** The one of this name. */
    public static Optional<PolicyKind> named(String word) {
        return Arrays.stream(values()).filter(kind -> kind.word.equals(word)).findFirst();
    }
}
