package dev.redrive.serde;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.SslConfigs;

/** The valid settings of a serde, to check a configuration before its use. */
public final class SerdeSettings {

    private static final Set<String> SERDE = Set.of(
            AvroSerdes.IMPL_CONFIG,
            "auto.register.schemas",
            "use.latest.version",
            "normalize.schemas",
            "avro.remove.java.properties",
            "key.subject.name.strategy",
            "value.subject.name.strategy");

    /** Accepted with and without the prefix {@code schema.registry.}. */
    private static final Set<String> CLIENT = Set.of(
            "basic.auth.credentials.source",
            "basic.auth.user.info",
            "bearer.auth.credentials.source",
            "bearer.auth.token");

    /** Further settings of Confluent's own classes, up to version 8. */
    private static final Set<String> CONFLUENT = Set.of(
            "avro.reflection.allow.null",
            "avro.use.logical.type.converters",
            "bearer.auth.cache.expiry.buffer.seconds",
            "bearer.auth.client.id",
            "bearer.auth.client.secret",
            "bearer.auth.custom.provider.class",
            "bearer.auth.identity.pool.id",
            "bearer.auth.issuer.endpoint.url",
            "bearer.auth.logical.cluster",
            "bearer.auth.scope",
            "bearer.auth.scope.claim.name",
            "bearer.auth.sub.claim.name",
            "context.name.strategy",
            "http.connect.timeout.ms",
            "http.read.timeout.ms",
            "id.compatibility.strict",
            "key.schema.id.deserializer",
            "key.schema.id.serializer",
            "latest.cache.size",
            "latest.cache.ttl.sec",
            "latest.compatibility.strict",
            "max.schemas.per.subject",
            "missing.cache.size",
            "missing.id.cache.ttl.sec",
            "missing.schema.cache.ttl.sec",
            "missing.version.cache.ttl.sec",
            "propagate.schema.tags",
            "proxy.host",
            "proxy.port",
            "rule.actions",
            "rule.executors",
            "rule.service.loader.enable",
            "schema.format",
            "schema.reflection",
            "specific.avro.key.type",
            "specific.avro.reader",
            "specific.avro.value.type",
            "use.latest.with.metadata",
            "use.schema.id",
            "value.schema.id.deserializer",
            "value.schema.id.serializer");

    private static final Set<String> CONFLUENT_PREFIXES = Set.of("request.header.", "rule.actions.", "rule.executors.");

    private SerdeSettings() {}

    /** Returns the names of all settings, except the registry's address. */
    public static Set<String> names(boolean confluent) {
        Set<String> names = new TreeSet<>(SERDE);
        RegistrySettings.Limits.KEYS.forEach(key -> names.add(RegistrySettings.OWN_PREFIX + key));
        ConfigDef ssl = new ConfigDef();
        SslConfigs.addClientSslSupport(ssl);
        Stream.of(CLIENT, ssl.names())
                .flatMap(Set::stream)
                .forEach(key -> names.add(SerdeConfig.Reader.CLIENT_PREFIX + key));
        names.addAll(CLIENT);
        if (confluent) {
            CONFLUENT.forEach(key -> names.add(SerdeConfig.Reader.CLIENT_PREFIX + key));
            names.addAll(CONFLUENT);
        }
        return names;
    }

    /** Returns whether the settings select Confluent's own classes. */
    public static boolean isConfluent(Map<String, String> settings) {
        return "confluent".equals(settings.get(AvroSerdes.IMPL_CONFIG));
    }

    /** Returns whether a setting is valid for the selected implementation. */
    public static boolean isKnown(String key, Map<String, String> settings) {
        boolean confluent = isConfluent(settings);
        return names(confluent).contains(key)
                || confluent && CONFLUENT_PREFIXES.stream().anyMatch(key::startsWith);
    }

    /** Returns the reason for each known setting with a rejected value; contains no secret. */
    public static Map<String, String> refused(Map<String, String> settings) {
        Map<String, String> refused = new LinkedHashMap<>();
        settings.forEach((key, value) -> reason(Map.of(key, value), key, refused));
        if (refused.isEmpty() && !isConfluent(settings) && !settings.isEmpty()) {
            try {
                RegistrySettings.of(withUrl(settings));
            } catch (ConfigException e) {
                String message = String.valueOf(e.getMessage());
                String at = settings.keySet().stream()
                        .filter(message::contains)
                        .findFirst()
                        .orElse(settings.keySet().iterator().next());
                refused.put(at, message);
            }
        }
        return refused;
    }

    private static void reason(Map<String, String> one, String key, Map<String, String> refused) {
        try {
            AvroSerdes.checkChoice(one);
            SerdeConfig.of(one, key.startsWith("key."));
            RegistrySettings.Limits.of(new SerdeConfig.Reader(one));
        } catch (ConfigException e) {
            refused.put(key, String.valueOf(e.getMessage()));
        }
    }

    private static Map<String, String> withUrl(Map<String, String> settings) {
        Map<String, String> complete = new HashMap<>(settings);
        complete.put("schema.registry.url", "http://localhost");
        return complete;
    }
}
