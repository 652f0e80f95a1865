package dev.redrive.deploy;

import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscalerBehavior;
import java.util.List;
import java.util.Map;

/** KEDA's {@code keda.sh/v1alpha1} ScaledObject, as far as the chart uses it: there is no library with its types. */
record ScaledObject(String apiVersion, String kind, ObjectMeta metadata, Spec spec) {

    record Spec(
            Target scaleTargetRef,
            int minReplicaCount,
            int maxReplicaCount,
            int pollingInterval,
            Fallback fallback,
            Advanced advanced,
            List<Trigger> triggers) {}

    record Target(String apiVersion, String kind, String name) {}

    record Fallback(int failureThreshold, int replicas, Behavior behavior) {}

    /** What to do while there is no answer. */
    enum Behavior {
        currentReplicas,
        currentReplicasIfHigher,
        currentReplicasIfLower
    }

    record Advanced(AutoscalerConfig horizontalPodAutoscalerConfig) {}

    record AutoscalerConfig(HorizontalPodAutoscalerBehavior behavior) {}

    record Trigger(String type, String metricType, Map<String, String> metadata) {}
}
