package dev.redrive.runtime;

import dev.redrive.runtime.Access.Operation;
import dev.redrive.runtime.Access.Pattern;
import dev.redrive.runtime.Access.Resource;
import java.util.Locale;

/**
 * A right that the pipeline needs and this client does not have.
 *
 * @param resource on what kind of thing
 * @param name the thing's name, or what the names of several begin with
 * @param pattern how the name is to be read
 * @param operation what the client may not do
 * @param reason always the same; the name is the stable word
 */
public record AccessFinding(Resource resource, String name, Pattern pattern, Operation operation, Reason reason)
        implements Finding {

    /** What is wrong. */
    public enum Reason {
        /** The client may not do it. */
        NOT_AUTHORIZED
    }

    static AccessFinding of(Access rule, Operation missing) {
        return new AccessFinding(rule.resource(), rule.name(), rule.pattern(), missing, Reason.NOT_AUTHORIZED);
    }

    /** E.g. {@code group redrive}, or {@code topic redrive-*} where the name is a beginning. */
    @Override
    public String subject() {
        String kind = resource.name().toLowerCase(Locale.ROOT).replace('_', ' ');
        return kind + " " + name + (pattern == Pattern.PREFIXED ? "*" : "");
    }

    @Override
    public String word() {
        return reason.name();
    }

    @Override
    public String sentence() {
        return "the operation " + operation.word()
                + " is not allowed; grant it ('redrive topics export' prints all that the pipeline needs)";
    }

    @Override
    public boolean blocking() {
        return true;
    }

    @Override
    public String toString() {
        return reason + " " + subject() + ": " + sentence();
    }
}
