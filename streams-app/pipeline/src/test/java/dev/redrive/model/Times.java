package dev.redrive.model;

import java.time.Instant;

/**
 * The times of a record.
 *
 * @param record what the pipeline takes as its time: the append time, else its producer's, if that is not ahead
 * @param read when the pipeline reads it, by its own clock
 * @param byBroker whether {@code record} is the append time
 */
record Times(Instant record, Instant read, boolean byBroker) {

    static Times of(Instant stamp, Instant read, boolean byBroker) {
        return new Times(byBroker || stamp.isBefore(read) ? stamp : read, read, byBroker);
    }

    /** What it reports happened no later: not after its append, whatever the pipeline's clock shows. */
    Instant bound() {
        return byBroker ? record : read;
    }
}
