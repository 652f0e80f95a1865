/**
 * Avro values of Kafka records in Confluent's wire format: a zero byte, the schema's id in four bytes, big-endian, and
 * the record in Avro's binary encoding; the schemas are in a registry with Confluent's REST API.
 *
 * <p>Deserializers belong to one thread each, as Kafka's do, serializers are thread-safe; all share {@link
 * dev.redrive.serde.RegistryClient}. A registry outage is never treated as bad data: compare {@link
 * dev.redrive.serde.RegistryUnavailableException} and {@link dev.redrive.serde.UndecodableException}.
 *
 * <p>Configuration, in Kafka's map; names, meaning and defaults are Confluent's where they are not {@code redrive.*}:
 *
 * <ul>
 * <li>{@code schema.registry.url}: base URLs, separated by commas, tried in turn; {@code mock://name} is a registry
 * within the JVM, for tests
 * <li>{@code auto.register.schemas} (true), {@code use.latest.version} (false), {@code normalize.schemas} (false),
 * {@code avro.remove.java.properties} (false)
 * <li>{@code key.subject.name.strategy}, {@code value.subject.name.strategy}: {@code TopicNameStrategy} (default),
 * {@code RecordNameStrategy}, {@code TopicRecordNameStrategy}, or Confluent's full class names
 * <li>{@code basic.auth.credentials.source}: {@code URL} (default) or {@code USER_INFO} with {@code
 * basic.auth.user.info}; {@code bearer.auth.credentials.source}: {@code STATIC_TOKEN} with {@code bearer.auth.token};
 * each also with the prefix {@code schema.registry.}
 * <li>{@code schema.registry.ssl.*}: Kafka's client settings for stores of type JKS, PKCS12 and PEM, protocols and
 * ciphers
 * <li>{@code avro.serde.impl}: {@code redrive} (default) or {@code confluent}, see {@link dev.redrive.serde.AvroSerdes}
 * <li>{@code redrive.registry.deadline.ms} (7000, over all tries and URLs), {@code .request.timeout.ms} (3000), {@code
 * .retries} (3 rounds after the first), {@code .backoff.ms} (100, doubling, with full jitter), {@code
 * .max.response.bytes} (1 MiB), {@code .cache.max.entries} (1000), {@code .unknown.id.ttl.ms} (5000, after which an id
 * without a schema is requested again)
 * </ul>
 *
 * <p>Schemas that refer to schemas of other subjects are not resolved.
 */
@NullMarked
package dev.redrive.serde;

import org.jspecify.annotations.NullMarked;
