"""Claims about the protocol between the API object and the kubelet: binding, deletion, the worker's stages."""

from __future__ import annotations

from podproof.kubernetes.pod import POD
from podproof.kubernetes.vocabulary.events import bind, final_delete
from podproof.kubernetes.vocabulary.spec import regular
from podproof.kubernetes.vocabulary.states import (
    TERMINAL,
    Object,
    Run,
    Sandbox,
    Worker,
    api_phase,
    assigned,
    finalizer,
    object_,
    run,
    sandbox,
    worker,
)
from podproof.properties.answer import Verdict
from podproof.properties.claim import Claim
from podproof.properties.formulas import Always, Only, Reachable, Step
from podproof.properties.mutations import Change, Mutation
from podproof.properties.whole_runs import NoReturn, Passes

being_removed = object_.is_(Object.deleting, Object.held, Object.gone)
gone = object_.is_(Object.gone)
some_runs = regular.some(run.is_(Run.running))

CLAIMS = (
    Claim(
        "deletion-is-final",
        "deletionTimestamp, once set, is never cleared.",
        Step(being_removed, being_removed),
        POD,
        source="registry/rest BeforeDelete",
        kills=Mutation("object", "delete", Change.redirected, 2, Object.bound),
    ),
    Claim(
        "bound-has-node",
        "A bound Pod has spec.nodeName set, and keeps it: a Pod does not move.",
        Always(object_.is_(Object.bound, Object.deleting).implies(assigned)),
        POD,
        source="registry/core/pod BindingREST",
        kills=Mutation("object", "delete", Change.redirected, 0, Object.bound),
    ),
    Claim(
        "deleting-never-bound",
        "A Pod that is being deleted is not bound to a node any more.",
        Only(bind, ~being_removed),
        POD,
        source="registry/core/pod BindingREST refuses it",
        kills=Mutation("object", "bind", Change.from_anywhere),
    ),
    Claim(
        "removed-only-after-end",
        "The object of a bound Pod disappears only after the API has shown Succeeded or Failed.",
        Step(assigned & ~gone, ~gone | api_phase.is_(*TERMINAL)),
        POD,
        source="status manager canBeDeleted; test/e2e/node/pods.go",
        expected=Verdict.FALSE,
        kills=Mutation("object", "delete", Change.removed, 3),
    ),
    Claim(
        "kubelet-deletes-ended",
        "The kubelet deletes a Pod's object only when the API shows a terminal phase and its cleaning up is over.",
        Only(final_delete, api_phase.is_(*TERMINAL) & worker.is_(Worker.finished, Worker.rejected)),
        POD,
        source="status manager canBeDeleted",
        kills=Mutation("object", "delete the object", Change.unguarded, 1),
    ),
    Claim(
        "finalizer-holds",
        "An object with a finalizer never disappears.",
        Step(finalizer & ~gone, ~gone | ~finalizer),
        POD,
        source="registry/generic store",
        kills=Mutation("object", "delete", Change.redirected, 0, Object.gone),
    ),
    Claim(
        "gone-stops-everything",
        "When the object is gone, its containers have stopped.",
        Step(some_runs & ~gone, ~gone),
        POD,
        source="a popular belief; a forced deletion removes the object first",
        expected=Verdict.FALSE,
        kills=Mutation("object", "delete", Change.removed, 3),
    ),
    Claim(
        "worker-never-goes-back",
        "The kubelet's pod worker never returns to a stage that it has left.",
        NoReturn(worker),
        POD,
        source="kubelet podWorkerLoop",
        kills=Mutation("worker", "clean up", Change.redirected, 0, Worker.sync),
    ),
    Claim(
        "containers-run-in-a-sandbox",
        "Every run to a running container has passed a ready sandbox.",
        Passes(some_runs, sandbox.is_(Sandbox.ready)),
        POD,
        source="kuberuntime SyncPod",
        kills=Mutation("container", "start", Change.unguarded),
    ),
    Claim(
        "running-was-admitted",
        "Every run to a running container has passed the kubelet's admission.",
        Passes(some_runs, worker.is_(Worker.sync)),
        POD,
        source="kubelet HandlePodAdditions",
        kills=Mutation("worker", "admit", Change.redirected, 0, Worker.terminating),
    ),
    Claim(
        "terminating-still-runs",
        "Containers can run after the Pod's object is gone.",
        Reachable(gone & some_runs),
        POD,
        source="forced deletion",
        kills=Mutation("object", "delete", Change.removed, 3),
    ),
)
