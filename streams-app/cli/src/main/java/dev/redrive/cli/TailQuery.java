package dev.redrive.cli;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What to show.
 *
 * @param topic the topic, or all topics of delayed retries
 * @param tiers for delayed retries: only these; empty for all
 * @param fromBeginning start with the oldest record, not with the next one
 * @param max end after so many records
 * @param timeout end when nothing was shown for so long
 * @param user only records with this key
 * @param valueOnly print values alone
 */
record TailQuery(
        OutputTopic topic,
        List<String> tiers,
        boolean fromBeginning,
        @Nullable Long max,
        @Nullable Duration timeout,
        @Nullable String user,
        boolean valueOnly) {}
