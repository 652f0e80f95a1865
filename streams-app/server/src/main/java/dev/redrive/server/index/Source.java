package dev.redrive.server.index;

import dev.redrive.contract.TopicNames;
import java.util.function.Function;

/** The topics that the index is made of; the name is stable in the index file. */
enum Source {
    LETTERS(TopicNames::deadLetters),
    CHANGES(TopicNames::deadLetterChanges),
    OUTCOMES(TopicNames::outcomes),
    USERS(TopicNames::users),
    REDRIVES(TopicNames::redrives),
    AUDIT(TopicNames::audit);

    private final Function<TopicNames, String> topic;

    Source(Function<TopicNames, String> topic) {
        this.topic = topic;
    }

    String topic(TopicNames names) {
        return topic.apply(names);
    }
}
