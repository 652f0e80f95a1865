package dev.redrive.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The filter of dead letters; the API parses it. */
final class FilterOption {

    @Option(
            names = {"-f", "--filter"},
            paramLabel = "TERMS",
            order = 700,
            description = "Terms key:value that must all hold; a repeated key means or, -key: means not, values with"
                    + " spaces are quoted. Keys: code, class, reason, user, service, operation, batch, group, status,"
                    + " state, redrive, label.NAME, since, until (an instant, or an age such as 1h).")
    @Nullable
    String filter;

    /** Returns it as query parameters, to which others can be added. */
    Map<String, String> query() {
        Map<String, String> query = new LinkedHashMap<>();
        if (filter != null) {
            query.put("filter", filter);
        }
        return query;
    }
}
