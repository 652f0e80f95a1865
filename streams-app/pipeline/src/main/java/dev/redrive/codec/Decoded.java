package dev.redrive.codec;

import dev.redrive.domain.event.Input;
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.Nullable;

/** What came of reading one record. */
public sealed interface Decoded {

    /**
     * It could be read.
     *
     * @param input what it says, for the domain
     * @param record the record itself, for what no decision needs
     * @param stored the record as it goes into a store, of a retry
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Read(Input input, SpecificRecord record, byte @Nullable [] stored) implements Decoded {

        Read(Input input, SpecificRecord record) {
            this(input, record, null);
        }
    }

    /**
     * It could not be read, now or later: it belongs into the quarantine.
     *
     * @param reason stable word
     * @param message what is wrong, for people; holds no payload
     */
    record Unreadable(String reason, String message) implements Decoded {}
}
