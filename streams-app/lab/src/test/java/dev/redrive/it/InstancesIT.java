package dev.redrive.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.publish.FailurePublisher;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Several instances that come, restart, die and go under a steady load. With {@code -Dinstances.compare=} it does so in
 * every way of membership, or in those named, watches for longer, and prints what each change cost.
 */
class InstancesIT {

    private static final int PARTITIONS = 6;
    private static final int PER_SECOND = Integer.getInteger("instances.rate", 200);
    private static final String ONLY = System.getProperty("instances.compare");
    private static final Pattern RESTORED = Pattern.compile("restored (\\d+) records of");
    private static final Duration PATIENCE = Duration.ofSeconds(200);

    /**
     * A way of membership.
     *
     * @param fixedIds whether each instance has a fixed identity
     * @param watchFor how long each change is watched after it was made
     */
    record Membership(String name, boolean fixedIds, Duration watchFor, Map<String, String> environment) {

        Instance instance(Platform platform, int number) {
            Map<String, String> settings = new HashMap<>(environment);
            settings.putIfAbsent("REDRIVE_STREAMS__STANDBY_REPLICAS", "1");
            if (fixedIds) {
                settings.put("REDRIVE_STREAMS__INSTANCE_ID", "i" + number);
            }
            return new Instance(platform, "i" + number, settings);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    static List<Membership> memberships() {
        if (ONLY == null) {
            return List.of(new Membership("leave", false, Duration.ZERO, Map.of()));
        }
        Duration watch = Duration.ofSeconds(15);
        Map<String, String> cold = Map.of("REDRIVE_STREAMS__STANDBY_REPLICAS", "0");
        Map<String, String> streams = Map.of("REDRIVE_STREAMS__GROUP_PROTOCOL", "STREAMS");
        return Stream.of(
                        new Membership("leave", false, watch, Map.of()),
                        new Membership("leave-cold", false, watch, cold),
                        new Membership("fixed", true, watch, Map.of()),
                        new Membership("fixed-cold", true, watch, cold),
                        new Membership("streams", false, Duration.ofSeconds(60), streams))
                .filter(membership ->
                        ONLY.isEmpty() || List.of(ONLY.split(",", -1)).contains(membership.name()))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("memberships")
    void shouldBalanceTheLedgerWhileInstancesComeRestartDieAndGo(Membership membership, @TempDir Path directory)
            throws Exception {
        List<Instance> instances = new ArrayList<>();
        try (Platform platform = new Platform(directory, PARTITIONS);
                FailurePublisher publisher = platform.publisher();
                Ledger ledger = new Ledger(platform);
                Pauses pauses = new Pauses(platform)) {
            for (int number = 1; number <= 3; number++) {
                instances.add(membership.instance(platform, number));
            }
            if (membership.name().equals("streams")) {
                platform.configureGroup(Map.of("streams.num.standby.replicas", "1"));
            }
            Instance first = instances.get(0);
            Instance second = instances.get(1);
            Instance third = instances.get(2);

            // Given one instance under a load
            first.start();
            try (SteadyLoad load = new SteadyLoad(publisher, PER_SECOND)) {
                await("the first runs", first, ledger, first::running);
                Scenario scenario = new Scenario(membership, instances, ledger, pauses);
                await("it keeps pace", first, ledger, pauses::keepsPace);
                scenario.change("nothing", () -> {});

                // When two come, each is restarted, one is killed and comes back, and two go
                scenario.change("scale 1 to 3", () -> {
                    await("the second runs", second, ledger, second.start()::running);
                    await("the third runs", third, ledger, third.start()::running);
                });
                for (Instance instance : instances) {
                    scenario.change("restart", () -> {
                        assertThat(instance.stop()).as(instance.log()).isZero();
                        await("it runs again", instance, ledger, instance.start()::running);
                    });
                }
                scenario.change("kill -9 and restart", () -> {
                    second.kill();
                    await("it runs again", second, ledger, second.start()::running);
                });
                if (ONLY != null) {
                    scenario.change("kill -9", third::kill);
                    scenario.change("start of the killed", () -> {
                        await("it runs again", third, ledger, third.start()::running);
                    });
                }
                scenario.change("scale 3 to 1", () -> {
                    assertThat(first.stop()).as(first.log()).isZero();
                    assertThat(second.stop()).as(second.log()).isZero();
                });

                // Then all is done, and the ledger balances
                int published = load.stop();
                await("all released", third, ledger, () -> ledger.settled(published));
                assertThat(third.stop()).as(third.log()).isZero();
                for (int i = 0; i < 5; i++) {
                    ledger.read();
                }
                System.out.println("instances: " + published + " failures, " + ledger.counts());
                scenario.print();
                assertThat(ledger.faults(published)).isEmpty();
            }
        } finally {
            for (Instance instance : instances) {
                instance.close();
            }
        }
    }

    private static void await(String what, Instance instance, Ledger ledger, BooleanSupplier look) {
        try {
            Platform.await(PATIENCE, what, () -> {
                ledger.read();
                return look.getAsBoolean();
            });
        } catch (AssertionError e) {
            throw new AssertionError(e.getMessage() + "\n" + instance.log(), e);
        }
    }

    private interface Change {
        void make() throws Exception;
    }

    /** Makes changes, and tells what each cost. */
    private record Scenario(
            Membership membership, List<Instance> instances, Ledger ledger, Pauses pauses, List<String> rows) {

        Scenario(Membership membership, List<Instance> instances, Ledger ledger, Pauses pauses) {
            this(membership, instances, ledger, pauses, new ArrayList<>());
        }

        void change(String name, Change change) throws Exception {
            long fromMs = System.currentTimeMillis();
            String before = logs();
            change.make();
            long madeMs = System.currentTimeMillis();
            await("all partitions go on after: " + name, instances.get(0), ledger, () -> {
                long nowMs = System.currentTimeMillis();
                return nowMs - madeMs >= membership.watchFor().toMillis() && pauses.allHeardSince(madeMs);
            });
            String after = logs();
            Pauses.Longest longest = pauses.between(fromMs, System.currentTimeMillis());
            rows.add("| %s | %s | %d | %d | %d | %d | %d | %d | %d |"
                    .formatted(
                            membership.name(),
                            name,
                            madeMs - fromMs,
                            longest.outcomesMs(),
                            longest.releasesMs(),
                            longest.allMs(),
                            longest.latestMs(),
                            rebalances(after) - rebalances(before),
                            restored(after) - restored(before)));
            System.out.println(rows.get(rows.size() - 1));
        }

        private String logs() {
            StringBuilder logs = new StringBuilder();
            instances.forEach(instance -> logs.append(instance.log()));
            return logs.toString();
        }

        private static int rebalances(String logs) {
            return logs.split("RUNNING -> REBALANCING", -1).length - 1;
        }

        private static long restored(String logs) {
            long records = 0;
            for (Matcher matcher = RESTORED.matcher(logs); matcher.find(); ) {
                records += Long.parseLong(matcher.group(1));
            }
            return records;
        }

        void print() {
            System.out.println("| membership | change | made in ms | longest pause of outcomes | of releases"
                    + " | of all partitions together | latest release | rebalances | records restored |");
            rows.forEach(System.out::println);
        }
    }
}
