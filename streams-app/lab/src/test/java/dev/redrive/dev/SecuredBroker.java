package dev.redrive.dev;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.dev.EmbeddedBroker.LoopbackPorts;
import dev.redrive.runtime.AccessPlan.Access;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ScramCredentialInfo;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.clients.admin.UserScramCredentialAlteration;
import org.apache.kafka.clients.admin.UserScramCredentialUpsertion;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;

/**
 * A broker as in production: TLS with a certificate of its own, SCRAM-SHA-512, and access rules that it enforces. Beside its
 * administrator, who may do everything and proves it by PLAIN, it knows the users that it was started with.
 */
public final class SecuredBroker implements AutoCloseable {

    private static final Duration TIMEOUT = Duration.ofSeconds(60);
    private static final String STORE_PASSWORD = "of-the-store";

    private final EmbeddedBroker broker;
    private final Path certificate;
    private final Admin admin;

    private SecuredBroker(EmbeddedBroker broker, Path certificate) {
        this.broker = broker;
        this.certificate = certificate;
        this.admin = Admin.create(administrator());
    }

    /** Starts one; the password of each user is {@link #password}. */
    public static SecuredBroker start(Path directory, List<String> users) throws Exception {
        Files.createDirectories(directory);
        Path keys = directory.resolve("broker.p12");
        Path certificate = certificate(keys, "broker");
        EmbeddedBroker broker = EmbeddedBroker.start(
                directory.resolve("broker"), LoopbackPorts.free(), LoopbackPorts.free(), settings(keys));
        SecuredBroker secured = new SecuredBroker(broker, certificate);
        List<UserScramCredentialAlteration> credentials = users.stream()
                .<UserScramCredentialAlteration>map(user -> new UserScramCredentialUpsertion(
                        user, new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096), password(user)))
                .toList();
        secured.admin.alterUserScramCredentials(credentials).all().get();
        return secured;
    }

    /** Makes keys and a certificate for 127.0.0.1, and gives the certificate's own file. */
    public static Path certificate(Path keys, String name) throws IOException, InterruptedException {
        Path file = keys.resolveSibling(name + ".crt");
        keytool("-genkeypair -alias key -keyalg EC -groupname secp256r1 -validity 2 -storetype PKCS12 -dname CN=" + name
                + " -ext SAN=ip:127.0.0.1 -storepass " + STORE_PASSWORD + " -keystore " + keys);
        keytool("-exportcert -rfc -alias key -storepass " + STORE_PASSWORD + " -keystore " + keys + " -file " + file);
        return file;
    }

    private static void keytool(String arguments) throws IOException, InterruptedException {
        List<String> command = Stream.concat(
                        Stream.of(Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString()),
                        Stream.of(arguments.split(" ")))
                .toList();
        Process keytool = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertThat(keytool.waitFor()).as(arguments).isZero();
    }

    private static Map<String, String> settings(Path keys) {
        Map<String, String> settings = new HashMap<>();
        settings.put("listener.security.protocol.map", "PLAINTEXT:SASL_SSL,CONTROLLER:PLAINTEXT");
        settings.put("inter.broker.listener.name", "PLAINTEXT");
        settings.put("ssl.keystore.type", "PKCS12");
        settings.put("ssl.keystore.location", keys.toString());
        settings.put("ssl.keystore.password", STORE_PASSWORD);
        settings.put("ssl.truststore.type", "PEM");
        settings.put(
                "ssl.truststore.location", keys.resolveSibling("broker.crt").toString());
        settings.put("sasl.enabled.mechanisms", "PLAIN,SCRAM-SHA-512");
        settings.put("sasl.mechanism.inter.broker.protocol", "PLAIN");
        settings.put(
                "listener.name.plaintext.plain.sasl.jaas.config", plain("user_admin=\"" + password("admin") + "\""));
        settings.put(
                "listener.name.plaintext.scram-sha-512.sasl.jaas.config",
                "org.apache.kafka.common.security.scram.ScramLoginModule required;");
        settings.put("authorizer.class.name", "org.apache.kafka.metadata.authorizer.StandardAuthorizer");
        settings.put("super.users", "User:admin;User:ANONYMOUS");
        return settings;
    }

    private static String plain(String more) {
        return "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"admin\" password=\""
                + password("admin") + "\" " + more + ";";
    }

    /** The password of a user. */
    public static String password(String user) {
        return "secret-of-" + user;
    }

    /** Where clients connect. */
    public String bootstrapServers() {
        return broker.bootstrapServers();
    }

    /** The certificate that clients have to trust, PEM. */
    public Path certificate() {
        return certificate;
    }

    /** Asks as the administrator. */
    public Admin admin() {
        return admin;
    }

    /** The settings of the administrator's clients. */
    public Map<String, Object> administrator() {
        return client("PLAIN", plain(""));
    }

    /** The settings of a user's clients. */
    public Map<String, Object> client(String user) {
        return client("SCRAM-SHA-512", scram(user, password(user)));
    }

    static String scram(String user, String password) {
        return "org.apache.kafka.common.security.scram.ScramLoginModule required username=\"" + user + "\" password=\""
                + password + "\";";
    }

    private Map<String, Object> client(String mechanism, String jaas) {
        Map<String, Object> settings = new HashMap<>();
        settings.put("bootstrap.servers", broker.bootstrapServers());
        settings.put("security.protocol", "SASL_SSL");
        settings.put("sasl.mechanism", mechanism);
        settings.put("sasl.jaas.config", jaas);
        settings.put("ssl.truststore.type", "PEM");
        settings.put("ssl.truststore.location", certificate.toString());
        return settings;
    }

    /**
     * A pipeline's configuration with the credentials of a user, whose password stands in a file beside it.
     *
     * @param name the file's name, without its ending
     */
    public Path configFile(Path directory, String name, String user, String registryUrl) throws IOException {
        Path password = Files.writeString(directory.resolve(name + ".password"), password(user) + "\n");
        return Files.writeString(directory.resolve(name + ".yaml"), """
            applicationId: redrive
            kafka:
              bootstrapServers: [%s]
              properties:
                security.protocol: SASL_SSL
                sasl.mechanism: SCRAM-SHA-512
                sasl.jaas.config: '%s'
                ssl.truststore.type: PEM
                ssl.truststore.location: ${env:CA_FILE}
            schemaRegistry:
              url: [%s]
            topics:
              partitions: 2
              replicationFactor: 1
            streams:
              stateDir: %s
            management:
              port: null
            """.formatted(
                bootstrapServers(), scram(user, "${file:" + password + "}"), registryUrl, directory.resolve("state")));
    }

    /** Gives rights and waits until the broker itself knows them: the controller that took them tells it a moment later. */
    public void grant(Collection<AclBinding> rights) throws Exception {
        admin.createAcls(rights).all().get();
        await(() -> known().containsAll(rights));
    }

    /** Takes rights away, and waits in the same way. */
    public void revoke(Collection<AclBinding> rights) throws Exception {
        admin.deleteAcls(rights.stream().map(AclBinding::toFilter).toList())
                .all()
                .get();
        await(() -> known().stream().noneMatch(rights::contains));
    }

    private Collection<AclBinding> known() throws Exception {
        return admin.describeAcls(AclBindingFilter.ANY).values().get();
    }

    private static void await(Callable<Boolean> condition) throws Exception {
        long start = System.nanoTime();
        while (!condition.call()) {
            assertThat(System.nanoTime() - start).isLessThan(TIMEOUT.toNanos());
        }
    }

    /** The rules as brokers take them, one for each operation. */
    public static Stream<AclBinding> bindings(Access rule) {
        ResourcePattern pattern = new ResourcePattern(
                ResourceType.valueOf(rule.resource().name()),
                rule.name(),
                PatternType.valueOf(rule.pattern().name()));
        return rule.operations().stream()
                .map(operation -> new AclBinding(
                        pattern,
                        new AccessControlEntry(
                                "User:" + rule.principal(),
                                "*",
                                AclOperation.valueOf(operation.name()),
                                AclPermissionType.ALLOW)));
    }

    @Override
    public void close() {
        admin.close();
        broker.close();
    }
}
