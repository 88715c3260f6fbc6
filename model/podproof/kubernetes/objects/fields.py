"""The fields of Kubernetes 1.36 that a Pod and its owner can have, by type, and which of them nothing here reads.

Sources: k8s.io/api core/v1 PodSpec, Container, EphemeralContainer, Probe, Lifecycle; apps/v1 and batch/v1 specs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Fields:
    """read: the model, or the list of what it does not have, looks at them. unread: nothing does."""

    read: frozenset[str]
    unread: frozenset[str]

    @property
    def all(self) -> frozenset[str]:
        return self.read | self.unread


def _fields(read: str, unread: str = "") -> Fields:
    return Fields(frozenset(read.split()), frozenset(unread.split()))


_CONTAINER = _fields(
    "name restartPolicy restartPolicyRules livenessProbe readinessProbe startupProbe lifecycle",
    "image command args workingDir ports envFrom env resources resizePolicy volumeMounts volumeDevices "
    "terminationMessagePath terminationMessagePolicy imagePullPolicy securityContext stdin stdinOnce tty",
)

FIELDS: Mapping[str, Fields] = {
    "PodSpec": _fields(
        "initContainers containers ephemeralContainers restartPolicy terminationGracePeriodSeconds "
        "activeDeadlineSeconds nodeName readinessGates schedulingGates",
        "volumes dnsPolicy nodeSelector serviceAccountName serviceAccount automountServiceAccountToken hostNetwork "
        "hostPID hostIPC shareProcessNamespace securityContext imagePullSecrets hostname subdomain affinity "
        "schedulerName tolerations hostAliases priorityClassName priority dnsConfig runtimeClassName "
        "enableServiceLinks preemptionPolicy overhead topologySpreadConstraints setHostnameAsFQDN os hostUsers "
        "resourceClaims resources hostnameOverride workloadRef schedulingGroup",
    ),
    "Container": _CONTAINER,
    "EphemeralContainer": Fields(frozenset(), _CONTAINER.all | {"targetContainerName"}),
    "Probe": _fields(
        "exec httpGet tcpSocket grpc successThreshold",
        "initialDelaySeconds timeoutSeconds periodSeconds failureThreshold terminationGracePeriodSeconds",
    ),
    "TimedProbe": _fields(
        "exec httpGet tcpSocket grpc successThreshold initialDelaySeconds timeoutSeconds periodSeconds "
        "failureThreshold",
        "terminationGracePeriodSeconds",
    ),
    "Lifecycle": _fields("postStart preStop stopSignal"),
    "DeploymentSpec": _fields(
        "template replicas",
        "selector strategy minReadySeconds revisionHistoryLimit paused progressDeadlineSeconds rollbackTo",
    ),
    "StatefulSetSpec": _fields(
        "template replicas",
        "selector volumeClaimTemplates serviceName podManagementPolicy updateStrategy revisionHistoryLimit "
        "minReadySeconds persistentVolumeClaimRetentionPolicy ordinals",
    ),
    "DaemonSetSpec": _fields(
        "template", "selector updateStrategy minReadySeconds revisionHistoryLimit templateGeneration"
    ),
    "ReplicaSetSpec": _fields("template replicas", "selector minReadySeconds"),
    "JobSpec": _fields(
        "template activeDeadlineSeconds podFailurePolicy successPolicy backoffLimit backoffLimitPerIndex "
        "maxFailedIndexes ttlSecondsAfterFinished suspend",
        "parallelism completions selector manualSelector completionMode podReplacementPolicy managedBy",
    ),
    "CronJobSpec": _fields(
        "jobTemplate concurrencyPolicy suspend successfulJobsHistoryLimit failedJobsHistoryLimit",
        "schedule timeZone startingDeadlineSeconds",
    ),
    "PodTemplateSpec": _fields(""),
}

OF_SPEC: Mapping[str, str] = {
    "Deployment": "DeploymentSpec",
    "StatefulSet": "StatefulSetSpec",
    "DaemonSet": "DaemonSetSpec",
    "ReplicaSet": "ReplicaSetSpec",
    "ReplicationController": "ReplicaSetSpec",
    "Job": "JobSpec",
    "CronJob": "CronJobSpec",
    "PodTemplate": "PodTemplateSpec",
}
"""The type of a workload's spec; a PodTemplate has none."""
