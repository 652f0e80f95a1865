/**
 * Avro values of Kafka records in Confluent's wire format: a zero byte, the schema's id in four bytes, big end first,
 * and the record in Avro's binary encoding; the schemas stand in a registry that speaks Confluent's REST API.
 *
 * <p>Serializers and deserializers belong to one thread each, as Kafka's do; {@link dev.redrive.serde.RegistryClient}
 * is shared by all of them. A registry that is down is never taken for bad data: see
 * {@link dev.redrive.serde.RegistryUnavailableException} against {@link dev.redrive.serde.UndecodableException}.
 */
@NullMarked
package dev.redrive.serde;

import org.jspecify.annotations.NullMarked;
