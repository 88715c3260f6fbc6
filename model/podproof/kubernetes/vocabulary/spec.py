"""The Pod's spec: what is fixed when the Pod is created and no step ever writes.

Sources: api types PodSpec.RestartPolicy, Container.RestartPolicy (KEP-5307, beta and on since 1.35).

Abstracted away: restartPolicyRules (exit codes that override a container's policy); ephemeral containers, which never
count in anything modelled here.
"""

from __future__ import annotations

from enum import StrEnum

from podproof.language import TRUE, Expr, Kind, Variable, named, state


class RestartPolicy(StrEnum):
    """Of the Pod; Always where the manifest says nothing."""

    Always = "Always"
    OnFailure = "OnFailure"
    Never = "Never"


class ContainerPolicy(StrEnum):
    """Of one container; `unset` leaves the decision to the Pod's policy."""

    unset = "unset"
    Always = "Always"
    OnFailure = "OnFailure"
    Never = "Never"


class Exit(StrEnum):
    """How the latest finished run of a container ended; `none` before the first end and while it runs."""

    none = "none"
    zero = "zero"
    nonzero = "nonzero"


regular = Kind("container", ordered=True)
"""spec.containers, in order: any number of them, at least one."""

init = Kind("init container", ordered=True)
"""spec.initContainers, in order, sidecars among them: any number, also none."""

policy = state("restartPolicy", RestartPolicy, doc="spec.restartPolicy")
own_policy = state("container restartPolicy", ContainerPolicy, kind=regular, doc="spec.containers[].restartPolicy")
init_policy = state("init restartPolicy", ContainerPolicy, kind=init, doc="spec.initContainers[].restartPolicy")

FROZEN: tuple[Variable[RestartPolicy] | Variable[ContainerPolicy], ...] = (policy, own_policy, init_policy)

sidecar = named("sidecar", init_policy.is_(ContainerPolicy.Always))
"""An init container that goes on running beside the others (KEP-753)."""

some_container = regular.some(TRUE)
some_init = named("there are init containers", init.some(TRUE))

VALID: tuple[Expr[bool], ...] = (some_container,)  # the API server refuses a Pod without containers
