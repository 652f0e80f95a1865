package dev.redrive.architecture;

import static com.tngtech.archunit.core.domain.JavaAccess.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Set;

/** The arrows between packages: domain ← codec ← state ← topology ← runtime ← http, server, cli ← Main; domain ← sim ← dev, cli. */
@AnalyzeClasses(
        packages = "dev.redrive",
        importOptions = {ImportOption.DoNotIncludeTests.class, LayersTest.NoTestJars.class})
class LayersTest {

    /** Leaves out the tests of other modules, which come in jars. */
    static final class NoTestJars implements ImportOption {
        @Override
        public boolean includes(Location location) {
            return !location.contains("-tests.jar");
        }
    }

    /** Methods that give another result at every call; every {@code now} is one, whatever class it is of. */
    private static final Set<String> UNSTEADY = Set.of(
            "java.lang.System.currentTimeMillis",
            "java.lang.System.nanoTime",
            "java.lang.System.getenv",
            "java.lang.System.getProperty",
            "java.lang.Math.random",
            "java.util.UUID.randomUUID",
            "java.util.Random.<init>",
            "java.util.SplittableRandom.<init>",
            "java.security.SecureRandom.<init>",
            "java.util.concurrent.ThreadLocalRandom.current",
            "java.util.Date.<init>");

    @ArchTest
    static final ArchRule ARROWS = layeredArchitecture()
            .consideringOnlyDependenciesInLayers()
            .layer("domain")
            .definedBy("dev.redrive.domain..")
            .layer("text")
            .definedBy("dev.redrive.text..")
            .layer("config")
            .definedBy("dev.redrive.config..")
            .layer("codec")
            .definedBy("dev.redrive.codec..")
            .layer("state")
            .definedBy("dev.redrive.state..")
            .layer("topology")
            .definedBy("dev.redrive.topology..")
            .layer("runtime")
            .definedBy("dev.redrive.runtime..")
            .optionalLayer("metrics")
            .definedBy("dev.redrive.metrics..")
            .optionalLayer("http")
            .definedBy("dev.redrive.http..")
            .layer("server")
            .definedBy("dev.redrive.server..")
            .layer("sim")
            .definedBy("dev.redrive.sim..")
            .layer("dev")
            .definedBy("dev.redrive.dev..")
            .layer("bench")
            .definedBy("dev.redrive.bench..")
            .layer("cli")
            .definedBy("dev.redrive.cli..")
            .layer("lab")
            .definedBy("dev.redrive.lab..")
            .layer("Main")
            .definedBy("dev.redrive")
            .whereLayer("domain")
            .mayNotAccessAnyLayer()
            .whereLayer("text")
            .mayNotAccessAnyLayer()
            .whereLayer("config")
            .mayOnlyAccessLayers("domain", "text")
            .whereLayer("codec")
            .mayOnlyAccessLayers("domain", "text")
            .whereLayer("state")
            .mayOnlyAccessLayers("domain", "codec")
            .whereLayer("topology")
            .mayOnlyAccessLayers("domain", "config", "codec", "state")
            .whereLayer("runtime")
            .mayOnlyAccessLayers("domain", "text", "config", "codec", "state", "topology")
            .whereLayer("metrics")
            .mayOnlyAccessLayers("domain", "config", "codec", "topology", "runtime")
            .whereLayer("http")
            .mayOnlyAccessLayers("domain", "config", "codec", "state", "runtime", "metrics")
            .whereLayer("server")
            .mayOnlyAccessLayers("domain", "text", "config", "codec", "runtime", "metrics")
            .whereLayer("sim")
            .mayOnlyAccessLayers("domain")
            .whereLayer("dev")
            .mayOnlyAccessLayers("domain", "config", "sim", "codec", "runtime", "http", "metrics", "server")
            .whereLayer("bench")
            .mayOnlyAccessLayers("config", "runtime", "dev")
            .whereLayer("cli")
            .mayOnlyBeAccessedByLayers("Main", "lab")
            .whereLayer("lab")
            .mayNotBeAccessedByAnyLayer()
            .whereLayer("Main")
            .mayNotBeAccessedByAnyLayer();

    @ArchTest
    static final ArchRule DOMAIN_IS_PURE_JAVA = classes()
            .that()
            .resideInAPackage("dev.redrive.domain..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage("dev.redrive.domain..", "java..", "org.jspecify..");

    @ArchTest
    static final ArchRule DOMAIN_DOES_NO_IO = noClasses()
            .that()
            .resideInAPackage("dev.redrive.domain..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("java.io..", "java.nio.file..", "java.net..", "java.sql..", "java.util.logging..");

    @ArchTest
    static final ArchRule DOMAIN_HAS_NO_CLOCK_AND_NO_DICE = noClasses()
            .that()
            .resideInAPackage("dev.redrive.domain..")
            .should()
            .accessTargetWhere(target(
                    DescribedPredicate.describe("a clock, the environment or random numbers", LayersTest::unsteady)));

    private static boolean unsteady(AccessTarget target) {
        String owner = target.getOwner().getFullName();
        String name = target.getName();
        boolean now = owner.startsWith("java.time.") && name.equals("now");
        boolean systemClock = owner.equals("java.time.Clock") && name.startsWith("system");
        return now || systemClock || UNSTEADY.contains(owner + "." + name);
    }

    @ArchTest
    static final ArchRule KAFKA_STAYS_AT_THE_EDGE = noClasses()
            .that()
            .resideInAnyPackage(
                    "dev.redrive",
                    "dev.redrive.domain..",
                    "dev.redrive.text..",
                    "dev.redrive.config..",
                    "dev.redrive.http..",
                    "dev.redrive.sim..")
            .should()
            .dependOnClassesThat(resideInAPackage("org.apache.kafka.."));

    @ArchTest
    static final ArchRule NO_CYCLES =
            slices().matching("dev.redrive.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule NO_CYCLES_IN_THE_DOMAIN =
            slices().matching("dev.redrive.domain.(*)..").should().beFreeOfCycles();
}
