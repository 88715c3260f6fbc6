"""sandbox: the pause container that holds the Pod's network (kuberuntime PodSandboxChanged, computePodActions).

When it is lost the kubelet stops what still runs and creates another one in the same Pod: same UID, same node. It does
not do so for a Pod with restartPolicy Never in which a container has run, nor where all containers were to succeed once
(restartPolicy OnFailure, their own or the Pod's) and have.

Abstracted away: failures to create it (retried, nothing else changes); network modes; the attempt number.
"""

from __future__ import annotations

from podproof.kubernetes.derived.actions import starts_anew
from podproof.kubernetes.derived.phase import init_waiting, nothing_runs, waiting
from podproof.kubernetes.vocabulary.events import create_sandbox, lose_sandbox, stopped
from podproof.kubernetes.vocabulary.spec import RestartPolicy, init, policy, regular
from podproof.kubernetes.vocabulary.states import Sandbox, Worker, created, sandbox, worker
from podproof.language import FALSE, Machine, Transition, named, sets

syncing = worker.is_(Worker.sync)
nothing_ever_ran = named("nothing ever ran", regular.all(waiting) & init.all(init_waiting))
something_to_run = named("there is something to start", regular.some(starts_anew))

pod_sandbox = Machine(
    "sandbox",
    sandbox,
    doc="The Pod's sandbox.",
    transitions=[
        Transition(
            trigger=create_sandbox,
            source=Sandbox.none,
            dest=Sandbox.ready,
            conditions=[syncing],
            before=sets(created, FALSE),
        ),
        Transition(
            trigger=create_sandbox,
            source=Sandbox.lost,
            dest=Sandbox.ready,
            conditions=[
                syncing,
                nothing_runs,
                policy.is_not(RestartPolicy.Never) | nothing_ever_ran,
                something_to_run,
            ],
            before=sets(created, FALSE),
        ),
        Transition(trigger=lose_sandbox, source=Sandbox.ready, dest=Sandbox.lost),
    ],
    # StopPodSandbox comes after the containers are down. Where there never was a sandbox, none will be made any more.
    reacts=[Transition(trigger=stopped, source="*", dest=Sandbox.stopped)],
    abstracted=("failures to create a sandbox", "network modes", "attempt numbers"),
)
