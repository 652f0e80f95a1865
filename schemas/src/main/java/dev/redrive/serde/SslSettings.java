package dev.redrive.serde;

import java.util.HashMap;
import java.util.Map;
import javax.net.ssl.SSLContext;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.SslConfigs;
import org.apache.kafka.common.security.ssl.DefaultSslEngineFactory;

/** Makes a TLS context from Kafka's {@code ssl.*} settings: JKS, PKCS12 and PEM stores, in files or in line. */
final class SslSettings {

    private SslSettings() {}

    /** @throws ConfigException if a key is not Kafka's, or a store cannot be read */
    static SSLContext context(Map<String, Object> ssl, DefaultSslEngineFactory factory) {
        ConfigDef definition = new ConfigDef();
        SslConfigs.addClientSslSupport(definition);
        for (String key : ssl.keySet()) {
            if (!definition.names().contains(key)) {
                throw new ConfigException("Unknown configuration " + ConfigReader.CLIENT_PREFIX + key);
            }
        }
        AbstractConfig typed = new AbstractConfig(definition, ssl, false);
        try {
            factory.configure(new HashMap<>(typed.values()));
        } catch (RuntimeException e) {
            throw new ConfigException(ConfigReader.CLIENT_PREFIX + "ssl.*: " + e.getMessage());
        }
        return factory.sslContext();
    }
}
