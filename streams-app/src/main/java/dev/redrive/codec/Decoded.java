package dev.redrive.codec;

import dev.redrive.domain.event.Input;
import org.apache.avro.specific.SpecificRecord;

/** What came of reading one record. */
public sealed interface Decoded {

    /**
     * It could be read.
     *
     * @param input what it says, for the domain
     * @param record the record itself, for what no decision needs
     */
    record Read(Input input, SpecificRecord record) implements Decoded {}

    /**
     * It could not be read, now or later: it belongs into the quarantine.
     *
     * @param reason stable word
     * @param message what is wrong, for people; holds no payload
     */
    record Unreadable(String reason, String message) implements Decoded {}
}
