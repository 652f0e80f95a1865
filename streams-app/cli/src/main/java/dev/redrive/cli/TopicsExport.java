package dev.redrive.cli;

import dev.redrive.runtime.AccessPlan;
import dev.redrive.runtime.TopicPlan;

/** Writes topics and access rights in the language of a tool that makes them. */
@FunctionalInterface
interface TopicsExport {

    /** The whole text; ends with a line break. */
    String text(TopicPlan topics, AccessPlan access);

    /** The languages; the name is the word on the command line. */
    enum Format {
        /** Strimzi's resources for Kubernetes. */
        strimzi(new StrimziExport()),
        /** Kafka's own scripts. */
        shell(new ShellExport()),
        /** Terraform, for the provider Mongey/kafka. */
        terraform(new TerraformExport());

        private final TopicsExport export;

        Format(TopicsExport export) {
            this.export = export;
        }

        TopicsExport export() {
            return export;
        }
    }
}
