package dev.redrive.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClientSettingsTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "security.protocl        | SSL           | did you mean security.protocol?",
                "sasl.mechansim          | PLAIN         | did you mean sasl.mechanism?",
                "consumer.fetch.max.byte | 1             | did you mean consumer.fetch.max.bytes?",
                "producer.fetch.max.bytes | 1            | is no setting of Kafka's clients",
                "my.interceptor.url      | x             | write plugin. before its name",
                "security.protocol       | SASL_TLS      | 'SASL_TLS' is not known; write one of PLAINTEXT,"
                        + " SASL_PLAINTEXT, SASL_SSL, SSL",
                "sasl.mechanism          | SCRAM-SHA512  | did you mean SCRAM-SHA-512?",
                "sasl.mechanism          | plain         | did you mean PLAIN?",
                "admin.security.protocol | TLS           | write one of PLAINTEXT, SASL_PLAINTEXT, SASL_SSL, SSL",
                "compression.type        | gz            | 'gz' is not known; ",
                "ssl.endpoint.identification.algorithm | http | did you mean https?",
                "ssl.truststore.type     | PKCS-13       | did you mean PKCS12?",
                "ssl.protocol            | TLSv1.4       | 'TLSv1.4' is not known",
                "ssl.enabled.protocols   | TLSv1.2,TLS1.3 | 'TLS1.3' is not known; did you mean TLSv1.3?",
                "auto.offset.reset       | earlist       | 'earlist' is not taken",
                "request.timeout.ms      | soon          | 'soon' is not taken: Not a number of type INT",
                "retry.backoff.ms        | -1            | must be at least 0",
                "ssl.engine.factory.class | no.such.Factory | could not be found",
                "producer.linger.ms      | 50            | is set by Redrive itself",
                "main.consumer.interceptor.classes | x   | is set by Redrive itself",
                "topic.cleanup.polcy     | compact       | did you mean topic.cleanup.policy?",
            })
    void shouldRefuseWhatKafkasClientsWouldNotTake(String key, String value, String advice) {
        assertThat(ClientSettings.CHECKS.kafka().mistakes(Map.of(key, value)))
                .hasEntrySatisfying(key, mistake -> assertThat(mistake).contains(advice));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "security.protocol       | sasl_ssl",
                "sasl.mechanism          | SCRAM-SHA-256",
                "sasl.jaas.config        | x required;",
                "ssl.endpoint.identification.algorithm | ''",
                "ssl.truststore.type     | PEM",
                "ssl.keystore.type       | pkcs12",
                "ssl.protocol            | TLS",
                "ssl.enabled.protocols   | TLSv1.2,TLSv1.3",
                "client.rack             | a",
                "main.consumer.fetch.max.bytes | 1000",
                "restore.consumer.max.poll.records | 10",
                "admin.retries           | 5",
                "topic.retention.ms      | 1000",
                "client.tag.zone         | a",
                "metrics.jmx.include     | .*",
                "linger.ms               | 5",
                "request.timeout.ms      | 5000",
            })
    void shouldTakeWhatKafkasClientsTake(String key, String value) {
        assertThat(ClientSettings.CHECKS.kafka().mistakes(Map.of(key, value))).isEmpty();
    }

    @Test
    void shouldTakeMechanismsOfItsOwnWhereAHandlerForThemIsNamed() {
        String handler = "org.apache.kafka.common.security.authenticator.SaslClientCallbackHandler";

        assertThat(ClientSettings.CHECKS
                        .kafka()
                        .mistakes(
                                Map.of("sasl.mechanism", "AWS_MSK_IAM", "sasl.client.callback.handler.class", handler)))
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "auto.register.schema    | true          | did you mean auto.register.schemas?",
                "auto.register.schemas   | yes           | not true or false",
                "basic.auth.user.inof    | a:b           | did you mean basic.auth.user.info?",
                "basic.auth.credentials.source | USERINFO | not one of URL, USER_INFO",
                "schema.registry.ssl.truststore.locaton | x | did you mean schema.registry.ssl.truststore.location?",
                "value.subject.name.strategy | TopicName | not one of TopicNameStrategy",
                "redrive.registry.retries | 1000         | not a whole number from 0 to 100",
                "avro.serde.impl         | confluence    | not one of redrive, confluent",
                "use.schema.id           | 7             | not supported by this serde",
                "latest.cache.size       | 7             | write avro.serde.impl: confluent",
                "security.protocol       | SSL           | is no setting of the registry's clients",
            })
    void shouldRefuseWhatTheSerdeWouldNotTake(String key, String value, String advice) {
        assertThat(ClientSettings.CHECKS.registry().mistakes(Map.of(key, value)))
                .hasEntrySatisfying(key, mistake -> assertThat(mistake).contains(advice));
    }

    @Test
    void shouldTakeConfluentsSettingsForConfluentsClasses() {
        assertThat(ClientSettings.CHECKS
                        .registry()
                        .mistakes(Map.of(
                                "avro.serde.impl", "confluent",
                                "latest.cache.size", "7",
                                "bearer.auth.credentials.source", "OAUTHBEARER",
                                "request.header.x", "y")))
                .isEmpty();
        assertThat(ClientSettings.CHECKS
                        .registry()
                        .mistakes(Map.of(
                                "basic.auth.credentials.source", "USER_INFO",
                                "basic.auth.user.info", "a:b",
                                "schema.registry.ssl.truststore.type", "PEM")))
                .isEmpty();
    }
}
