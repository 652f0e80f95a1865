package dev.redrive.runtime;

import dev.redrive.config.ClientProperties.ClientCheck;
import dev.redrive.config.ConfigLoader;
import dev.redrive.serde.SerdeSettings;
import dev.redrive.text.Suggestion;
import java.lang.reflect.Modifier;
import java.security.NoSuchAlgorithmException;
import java.security.Security;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigValue;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.streams.StreamsConfig;
import org.jspecify.annotations.Nullable;

/** Validates settings passed through to Kafka and registry clients against these clients' own definitions. */
public final class ClientSettings {

    /** The checks for the configuration loader. */
    public static final ClientCheck.All CHECKS = new ClientCheck.All(ClientSettings::kafka, ClientSettings::registry);

    private static final Map<String, ConfigDef> BY_PREFIX = byPrefix();
    private static final List<ConfigDef> ALL = List.of(
            ConsumerConfig.configDef(),
            ProducerConfig.configDef(),
            AdminClientConfig.configDef(),
            StreamsConfig.configDef());

    /** Settings that Kafka's definitions leave to the component itself. */
    private static final Set<String> ELSEWHERE = Set.of("metrics.jmx.include", "metrics.jmx.exclude");

    private static final Set<String> MECHANISMS =
            Set.of("GSSAPI", "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER");

    /** End of the message with which Kafka's definitions refuse a value outside an enumeration. */
    private static final Pattern WORDS =
            Pattern.compile("(?:must be|should be) one of(?: \\([^)]*\\))?:? \\[?([^\\]]*)]?");

    private static final Pattern REFUSAL =
            Pattern.compile("Invalid value .* for configuration [^:]+: ", Pattern.DOTALL);
    private static final String PLUGIN =
            "; if it is read by a plug-in, such as an interceptor, write plugin. before its name";

    private ClientSettings() {}

    private static Map<String, ConfigDef> byPrefix() {
        Map<String, ConfigDef> byPrefix = new LinkedHashMap<>();
        for (String prefix : List.of(
                StreamsConfig.MAIN_CONSUMER_PREFIX,
                StreamsConfig.RESTORE_CONSUMER_PREFIX,
                StreamsConfig.GLOBAL_CONSUMER_PREFIX,
                StreamsConfig.CONSUMER_PREFIX)) {
            byPrefix.put(prefix, ConsumerConfig.configDef());
        }
        byPrefix.put(StreamsConfig.PRODUCER_PREFIX, ProducerConfig.configDef());
        byPrefix.put(StreamsConfig.ADMIN_CLIENT_PREFIX, AdminClientConfig.configDef());
        byPrefix.put(StreamsConfig.TOPIC_PREFIX, topics());
        return byPrefix;
    }

    /** Returns the names of a topic's settings; the broker validates their values. */
    private static ConfigDef topics() {
        ConfigDef names = new ConfigDef();
        Arrays.stream(TopicConfig.class.getFields())
                .filter(field -> Modifier.isStatic(field.getModifiers())
                        && field.getName().endsWith("_CONFIG"))
                .forEach(field -> {
                    try {
                        names.define(
                                String.valueOf(field.get(null)),
                                ConfigDef.Type.STRING,
                                null,
                                ConfigDef.Importance.LOW,
                                "");
                    } catch (IllegalAccessException e) {
                        throw new IllegalStateException("a public field can be read", e);
                    }
                });
        return names;
    }

    private static Map<String, String> kafka(Map<String, String> settings) {
        if (settings.isEmpty()) {
            return Map.of();
        }
        Map<String, String> mistakes = new TreeMap<>();
        Map<String, Object> effective = new TreeMap<>(StreamsProperties.of(
                Wiring.runtime(ConfigLoader.builtIn(), "any").withClientProperties(settings), null));
        effective.remove(StreamsConfig.mainConsumerPrefix(ConsumerConfig.INTERCEPTOR_CLASSES_CONFIG));
        settings.forEach((key, value) -> {
            String mistake = value.equals(effective.get(key))
                    ? kafka(key, value, settings)
                    : "is set by Redrive itself; leave it out";
            if (mistake != null) {
                mistakes.put(key, mistake);
            }
        });
        return mistakes;
    }

    private static @Nullable String kafka(String key, String value, Map<String, String> settings) {
        if (ELSEWHERE.contains(key)
                || key.startsWith(StreamsConfig.CLIENT_TAG_PREFIX)
                || key.startsWith("config.providers.") && settings.containsKey("config.providers")) {
            return null;
        }
        for (Map.Entry<String, ConfigDef> client : BY_PREFIX.entrySet()) {
            if (key.startsWith(client.getKey())) {
                String name = key.substring(client.getKey().length());
                return refusal(name, value, List.of(client.getValue()), client.getKey(), settings);
            }
        }
        return refusal(key, value, ALL, "", settings);
    }

    private static @Nullable String refusal(
            String name, String value, List<ConfigDef> definitions, String prefix, Map<String, String> settings) {
        List<ConfigDef> knowing = definitions.stream()
                .filter(definition -> definition.names().contains(name))
                .toList();
        if (knowing.isEmpty()) {
            Set<String> known = definitions.stream()
                    .flatMap(definition -> definition.names().stream())
                    .map(prefix::concat)
                    .collect(Collectors.toCollection(TreeSet::new));
            return "is no setting of Kafka's clients; " + Suggestion.among(prefix + name, known) + PLUGIN;
        }
        for (ConfigDef definition : knowing) {
            ConfigValue read = definition.validateAll(Map.of(name, value)).get(name);
            if (read != null && !read.errorMessages().isEmpty()) {
                return worded(
                        value, REFUSAL.matcher(read.errorMessages().get(0)).replaceFirst(""));
            }
        }
        return undefined(name, value, settings);
    }

    private static String worded(String value, String reason) {
        Matcher words = WORDS.matcher(reason);
        return words.find()
                ? unknown(value, List.of(words.group(1).split(",\\s*")))
                : "'" + value + "' is not taken: " + reason;
    }

    private static String unknown(String value, Collection<String> words) {
        return "'" + value + "' is not known; " + Suggestion.among(value, words);
    }

    /** Checks enumerations that Kafka's definitions do not check, though the clients accept no other values. */
    private static @Nullable String undefined(String name, String value, Map<String, String> settings) {
        Set<String> words = words(name, value, settings);
        boolean list = name.equals("ssl.enabled.protocols");
        boolean anyCase = name.endsWith("store.type") || name.equals("ssl.protocol");
        for (String word : list ? value.split(",", -1) : new String[] {value}) {
            String plain = anyCase ? word.toUpperCase(Locale.ROOT) : list ? word.strip() : word;
            if (!words.isEmpty() && !words.contains(plain) && !words.contains(word)) {
                return unknown(word, words);
            }
        }
        return null;
    }

    /** Returns the values of an enumeration that the clients accept; empty if any text may be one. */
    private static Set<String> words(String name, String value, Map<String, String> settings) {
        boolean ownTls = settings.containsKey("ssl.engine.factory.class") || settings.containsKey("security.providers");
        return switch (name) {
            case "sasl.mechanism" ->
                settings.containsKey("sasl.client.callback.handler.class") || settings.containsKey("security.providers")
                        ? Set.of(value)
                        : MECHANISMS;
            case "ssl.endpoint.identification.algorithm" ->
                value.isEmpty() || value.equalsIgnoreCase("https") ? Set.of(value) : Set.of("https");
            case "ssl.keystore.type", "ssl.truststore.type" -> ownTls ? Set.of(value) : storeTypes();
            case "ssl.protocol" -> ownTls ? Set.of(value) : Security.getAlgorithms("SSLContext");
            case "ssl.enabled.protocols" -> ownTls ? Set.of() : protocols();
            default -> Set.of();
        };
    }

    private static Set<String> storeTypes() {
        Set<String> types = new TreeSet<>(Security.getAlgorithms("KeyStore"));
        types.add("PEM");
        return types;
    }

    private static Set<String> protocols() {
        try {
            return new TreeSet<>(Arrays.asList(
                    SSLContext.getDefault().getSupportedSSLParameters().getProtocols()));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has TLS", e);
        }
    }

    private static Map<String, String> registry(Map<String, String> settings) {
        Map<String, String> mistakes = new TreeMap<>(SerdeSettings.refused(settings));
        mistakes.replaceAll((key, reason) ->
                worded(settings.getOrDefault(key, ""), REFUSAL.matcher(reason).replaceFirst("")));
        settings.keySet().stream()
                .filter(key -> !SerdeSettings.isKnown(key, settings))
                .forEach(key -> mistakes.putIfAbsent(key, unknownToRegistry(key, settings)));
        return mistakes;
    }

    private static String unknownToRegistry(String key, Map<String, String> settings) {
        if (SerdeSettings.names(true).contains(key)) {
            return "is used by Confluent's own classes alone; leave it out, or write avro.serde.impl: confluent";
        }
        return "is no setting of the registry's clients; "
                + Suggestion.among(key, SerdeSettings.names(SerdeSettings.isConfluent(settings))) + PLUGIN;
    }
}
