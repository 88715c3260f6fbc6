"""What a Pod's spec fixes, as far as the Pod model has it: a manifest or a live object to a `Shape`.

What the model leaves out is in `uncovered`. Images, volumes, resources, security and networks have no place in the
model: at most they decide how a container ends, how long something takes or where it runs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from podproof.findings.finding import Location
from podproof.kubernetes.objects.manifests import PodDocument
from podproof.kubernetes.vocabulary import assumptions as given
from podproof.kubernetes.vocabulary.spec import (
    ContainerPolicy,
    RestartPolicy,
    init,
    init_policy,
    own_policy,
    policy,
    regular,
)
from podproof.language import TRUE, Assumption, Kind

OF_JOBS = ("Job", "CronJob")
"""Their controller puts the finalizer batch.kubernetes.io/job-tracking on every Pod it makes."""


@dataclass(frozen=True)
class Container:
    """A container that the model has. `index`: its place in the manifest's list; `location`: of its first line."""

    name: str
    policy: ContainerPolicy
    index: int
    location: Location


@dataclass(frozen=True)
class Shape:
    """What a Pod's spec fixes, as far as the model has it. `inits` are the init containers, sidecars among them."""

    policy: RestartPolicy
    containers: tuple[Container, ...]
    inits: tuple[Container, ...]
    finalizer: bool
    deadline: int | None
    grace: int

    @property
    def sidecars(self) -> tuple[Container, ...]:
        return tuple(c for c in self.inits if c.policy is ContainerPolicy.Always)

    @property
    def ruled_out(self) -> tuple[Assumption, ...]:
        """Assumptions that hold by the manifest."""
        return (given.no_deadline,) if self.deadline is None else ()

    @property
    def assumption(self) -> Assumption:
        """All Pods like this one, with any number of containers (and of init containers, if there are some)."""
        return _assumption(
            self.policy,
            tuple(sorted({c.policy for c in self.containers})),
            tuple(sorted({c.policy for c in self.inits})),
        )

    def of(self, kind: Kind) -> tuple[Container, ...]:
        return self.containers if kind is regular else self.inits


@cache
def _assumption(
    of_pod: RestartPolicy, own: tuple[ContainerPolicy, ...], of_init: tuple[ContainerPolicy, ...]
) -> Assumption:
    """Named by its content, so that proofs found for one Pod are found again for another."""
    shape = policy.is_(of_pod) & regular.all(own_policy.is_(*own))
    name = f"restartPolicy {of_pod}" + _policies("containers", own)
    if of_init:
        shape &= init.some(TRUE) & init.all(init_policy.is_(*of_init))
        name += ", init containers" + _policies("init containers", of_init)
    else:
        shape &= init.none(TRUE)
        name += ", no init containers"
    return Assumption(name, f"The Pod has {name}.", shape=shape)


def _policies(who: str, policies: Sequence[ContainerPolicy]) -> str:
    return "" if set(policies) <= {ContainerPolicy.unset} else f", {who} {'|'.join(policies)}"


def shape(document: PodDocument) -> Shape:
    """The shape of the Pod; of a live one its finalizers are those that are left now."""
    spec, metadata = document.pod["spec"], document.pod["metadata"]
    return Shape(
        RestartPolicy(spec.get("restartPolicy") or RestartPolicy.Always),
        tuple(_containers(document, "containers")),
        tuple(_containers(document, "initContainers")),
        bool(metadata.get("finalizers")) or (document.kind in OF_JOBS and not document.live),
        spec.get("activeDeadlineSeconds"),
        30 if spec.get("terminationGracePeriodSeconds") is None else spec["terminationGracePeriodSeconds"],
    )


def _containers(document: PodDocument, key: str) -> Iterator[Container]:
    for index, container in enumerate(document.pod["spec"].get(key) or ()):
        own = ContainerPolicy(container.get("restartPolicy") or ContainerPolicy.unset)
        yield Container(container["name"], own, index, document.location_of("spec", key, index))
