package dev.redrive.dev;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.config.ConfigLoader;
import dev.redrive.runtime.AccessPlan;
import dev.redrive.runtime.AccessPlan.Access;
import dev.redrive.runtime.AccessPlan.Access.Operation;
import dev.redrive.runtime.TopicAdmin;
import dev.redrive.runtime.TopicPlan;
import dev.redrive.runtime.Wiring;
import dev.redrive.state.StoreNames;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.acl.AclBinding;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The pipeline's rights, each taken away in turn: the check at the start names the one that is missing, and no other. */
class MissingAccessIT {

    private static final Duration TIMEOUT = Duration.ofSeconds(60);

    /** A pipeline that has run, so that its internal topics exist. */
    private static final String RUN_BEFORE = "redrive";

    /** A pipeline before its first start. */
    private static final String NEW = "fresh";

    private static final TopicPlan TOPICS = Wiring.topics(ConfigLoader.builtIn());

    @TempDir
    static Path directory;

    private static SecuredBroker broker;
    private static TopicAdmin client;

    record Taken(String applicationId, Access rule, Operation operation) {
        @Override
        public String toString() {
            return applicationId + ": " + rule.resource() + " " + rule.name() + " " + operation;
        }

        String told() {
            return "NOT_AUTHORIZED "
                    + rule.resource().name().toLowerCase(Locale.ROOT).replace('_', ' ') + " "
                    + rule.name() + (rule.pattern() == Access.Pattern.PREFIXED ? "*" : "") + ": the operation "
                    + operation.word()
                    + " is not allowed; grant it ('redrive topics export' prints all that the pipeline needs)";
        }

        List<AclBinding> right() {
            return SecuredBroker.bindings(new Access(
                            rule.principal(), rule.resource(), rule.name(), rule.pattern(), List.of(operation)))
                    .toList();
        }
    }

    @BeforeAll
    static void start() throws Exception {
        broker = SecuredBroker.start(directory, List.of("pipeline"));
        try (TopicAdmin admin = new TopicAdmin(broker.administrator(), TIMEOUT)) {
            admin.create(TOPICS);
        }
        broker.admin()
                .createTopics(Stream.concat(StoreNames.OF_USERS.stream(), StoreNames.OF_RATES.stream())
                        .map(store -> new NewTopic(
                                RUN_BEFORE + "-" + store + "-changelog", Optional.empty(), Optional.empty()))
                        .toList())
                .all()
                .get();
        broker.grant(Stream.of(RUN_BEFORE, NEW)
                .flatMap(id -> rules(id).stream())
                .flatMap(SecuredBroker::bindings)
                .distinct()
                .toList());
        client = new TopicAdmin(broker.client("pipeline"), TIMEOUT);
    }

    @AfterAll
    static void stop() {
        client.close();
        broker.close();
    }

    private static List<Access> rules(String applicationId) {
        return AccessPlan.of(TOPICS, applicationId, "pipeline").ofPipeline();
    }

    static Stream<Taken> everyRight() {
        return rules(RUN_BEFORE).stream()
                .flatMap(rule -> rule.operations().stream().map(operation -> new Taken(RUN_BEFORE, rule, operation)));
    }

    /** What is about its own names; whether it may write internal topics can be told once it has made them. */
    static Stream<Taken> everyRightOfAFirstStart() {
        return rules(NEW).stream()
                .filter(rule -> rule.name().startsWith(NEW))
                .flatMap(rule -> rule.operations().stream().map(operation -> new Taken(NEW, rule, operation)))
                .filter(taken ->
                        taken.rule().resource() != Access.Resource.TOPIC || taken.operation() != Operation.WRITE);
    }

    @ParameterizedTest
    @MethodSource({"everyRight", "everyRightOfAFirstStart"})
    void shouldNameTheOneThatIsMissing(Taken taken) throws Exception {
        broker.revoke(taken.right());
        try {
            assertThat(client.check(TOPICS, taken.applicationId(), Duration.ZERO))
                    .extracting(Object::toString)
                    .containsExactly(taken.told());
        } finally {
            broker.grant(taken.right());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {RUN_BEFORE, NEW})
    void shouldMissNothingWhereNothingIs(String applicationId) {
        assertThat(client.check(TOPICS, applicationId, Duration.ZERO)).isEmpty();
    }

    @Test
    void shouldLeaveNothingBehind() throws Exception {
        client.check(TOPICS, NEW, Duration.ZERO);

        assertThat(broker.admin().listTopics().names().get()).noneMatch(topic -> topic.startsWith(NEW));
        assertThat(broker.admin().listGroups().all().get()).isEmpty();
    }
}
