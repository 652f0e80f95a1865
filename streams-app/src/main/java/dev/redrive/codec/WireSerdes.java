package dev.redrive.codec;

import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serializer;

/** Gives configured serializers and deserializers of values in the wire format; each belongs to one thread. */
public interface WireSerdes {

    /** A serializer for values of one type. */
    <T extends SpecificRecord> Serializer<T> serializer(Class<T> type);

    /** A deserializer for values of one type. */
    <T extends SpecificRecord> Deserializer<T> deserializer(Class<T> type);
}
