"""Claims about single steps: who may do what when, and what is there afterwards."""

from __future__ import annotations

from podproof.claims.claim import Claim
from podproof.claims.formulas import Always, Only, Reachable, Step
from podproof.claims.lemmas import RECORDS
from podproof.claims.mutations import Change, Mutation
from podproof.language import TRUE
from podproof.pod.assumptions import no_finalizer
from podproof.pod.events import (
    admit,
    clean_up,
    delete,
    drop_finalizers,
    evict,
    final_delete,
    find_deleting,
    find_ended,
    finish,
    pass_deadline,
    podgc_delete,
    podgc_fail,
    preempt,
    publish,
    reject,
    see_deletion,
    see_terminal,
    shut_down,
    stopped,
)
from podproof.pod.phase import nothing_runs
from podproof.pod.pod import POD
from podproof.pod.sandbox import nothing_ever_ran
from podproof.pod.states import (
    TERMINAL,
    Deadline,
    Object,
    Phase,
    Worker,
    api_phase,
    assigned,
    deadline,
    finalizer,
    local_phase,
    object_,
    worker,
)

unbound, bound, deleting = object_.is_(Object.unbound), object_.is_(Object.bound), object_.is_(Object.deleting)
held, gone = object_.is_(Object.held), object_.is_(Object.gone)
ended = api_phase.is_(*TERMINAL)
local_ended = local_phase.is_(*TERMINAL)
nobody_waits = unbound | (bound | deleting) & ended
DELETIONS = (delete, final_delete, podgc_delete)

CLAIMS = (
    Claim(
        "removed-at-once",
        "Deleting a Pod that has no node or has ended removes its object at once, if it has no finalizer.",
        Step(nobody_waits & ~finalizer, gone, DELETIONS),
        POD,
        source="registry/core/pod strategy.CheckGracefulDelete",
        kills=Mutation("object", "delete", Change.redirected, 1, "="),
    ),
    Claim(
        "finalizer-keeps-what-is-deleted",
        "Deleting a Pod that has no node or has ended leaves its object, if it has a finalizer.",
        Step(nobody_waits & finalizer, held, DELETIONS),
        POD,
        source="registry/generic store",
        kills=Mutation("object", "delete", Change.redirected, 0, "="),
    ),
    Claim(
        "held-without-a-node",
        "A deleted Pod that never had a node can stay, held by a finalizer.",
        Reachable(held & ~assigned),
        POD,
        source="registry/generic store",
        kills=Mutation("object", "delete", Change.removed, 0),
    ),
    Claim(
        "gone-without-a-node",
        "A Pod without finalizers can disappear before it has a node.",
        Reachable(gone & ~assigned),
        POD,
        source="registry/core/pod strategy.CheckGracefulDelete",
        given=(no_finalizer,),
        kills=Mutation("object", "delete", Change.removed, 1),
    ),
    Claim(
        "forced-is-held",
        "A forced deletion of a Pod that has not ended can leave its object, held by a finalizer.",
        Reachable(held & assigned & ~ended),
        POD,
        source="registry/generic store",
        kills=Mutation("object", "delete", Change.removed, 2),
    ),
    Claim(
        "forced-removes",
        "A Pod with a node and without finalizers can disappear before the API shows that it ended.",
        Reachable(gone & assigned & ~ended),
        POD,
        source="registry/rest BeforeDelete: grace period 0",
        given=(no_finalizer,),
        kills=Mutation("object", "delete", Change.removed, 3),
    ),
    Claim(
        "terminating-without-finalizers",
        "A Pod without finalizers stays while it is gracefully deleted.",
        Reachable(deleting & ~ended),
        POD,
        source="registry/rest BeforeDelete",
        given=(no_finalizer,),
        kills=Mutation("object", "delete", Change.unguarded, 3),
    ),
    Claim(
        "terminating-with-finalizers",
        "A Pod with a finalizer can be gracefully deleted, and still has it meanwhile.",
        Reachable(deleting & finalizer & ~ended),
        POD,
        source="registry/rest BeforeDelete",
        kills=Mutation("object", "delete", Change.unguarded, 2),
    ),
    Claim(
        "finalizers-dropped-once",
        "Finalizers are removed from a Pod that has some.",
        Only(drop_finalizers, finalizer),
        POD,
        source="registry/rest update",
        kills=Mutation("object", "drop the finalizers", Change.unguarded, 1),
        lemmas=(held.implies(finalizer),),
    ),
    Claim(
        "no-finalizers-afterwards",
        "After the last finalizer is removed there is none.",
        Step(TRUE, ~finalizer, (drop_finalizers,)),
        POD,
        source="registry/rest update",
        kills=Mutation("object", "drop the finalizers", Change.without_effect, 1),
    ),
    Claim(
        "admits-what-is-bound",
        "The kubelet admits only a Pod that is bound, not being deleted and not ended.",
        Only(admit, bound & ~ended),
        POD,
        source="kubelet HandlePodAdditions",
        kills=Mutation("worker", "admit", Change.unguarded),
    ),
    Claim(
        "rejects-what-is-bound",
        "The kubelet rejects only a Pod that is bound, not being deleted and not ended.",
        Only(reject, bound & ~ended),
        POD,
        source="kubelet HandlePodAdditions",
        kills=Mutation("worker", "reject", Change.unguarded),
    ),
    Claim(
        "first-seen-deleting",
        "The kubelet skips the sync of a new Pod only if that has a node, is being deleted, and has not ended.",
        Only(find_deleting, (deleting | held) & assigned & ~ended),
        POD,
        source="kubelet pod worker UpdatePod",
        kills=Mutation("worker", "find it deleting", Change.unguarded),
    ),
    Claim(
        "first-seen-ended",
        "The kubelet only cleans up after a new Pod only if that has a node, is stored, and has ended.",
        Only(find_ended, ~gone & assigned & ended),
        POD,
        source="kubelet pod worker UpdatePod",
        kills=Mutation("worker", "find it ended", Change.unguarded),
    ),
    Claim(
        "deletion-seen-after-deletion",
        "The kubelet sees a deletion only of a Pod that was deleted.",
        Only(see_deletion, deleting | held | gone),
        POD,
        source="kubelet pod worker UpdatePod",
        kills=Mutation("worker", "see the deletion", Change.unguarded, 0),
    ),
    Claim(
        "terminal-seen-after-end",
        "The kubelet sees a terminal phase only of a Pod that has one in the API.",
        Only(see_terminal, ended),
        POD,
        source="kubelet pod worker UpdatePod",
        kills=Mutation("worker", "see a terminal phase", Change.unguarded),
    ),
    Claim(
        "terminated-means-stopped",
        "The kubelet finds all containers stopped only when none runs.",
        Only(stopped, nothing_runs),
        POD,
        source="kubelet SyncTerminatingPod",
        kills=Mutation("worker", "find all containers stopped", Change.unguarded),
    ),
    Claim(
        "rejected-starts-nothing",
        "Nothing of a rejected Pod ever runs.",
        Always(worker.is_(Worker.rejected).implies(nothing_ever_ran)),
        POD,
        source="kubelet rejectPod",
        lemmas=RECORDS,
        kills=Mutation("container", "start", Change.unguarded),
    ),
    Claim(
        "disturbed-is-failed-at-once",
        "Rejection, eviction, preemption and node shutdown mark the Pod Failed at once in the kubelet's own copy.",
        Step(TRUE, local_phase.is_(Phase.Failed), (reject, evict, preempt, shut_down)),
        POD,
        source="kubelet rejectPod, SyncTerminatingPod with a PodStatusFunc",
        kills=Mutation("local phase", "preempt", Change.removed),
    ),
    Claim(
        "disturbed-is-terminated",
        "Eviction, preemption and node shutdown make the kubelet terminate the Pod.",
        Step(TRUE, worker.is_(Worker.terminating), (evict, preempt, shut_down)),
        POD,
        source="kubelet pod worker UpdatePod with SyncPodKill",
        kills=Mutation("worker", "preempt", Change.redirected, 0, Worker.sync),
    ),
    Claim(
        "finished-is-terminal",
        "When the kubelet's work on a Pod is done, its own copy of the phase is Succeeded or Failed.",
        Step(TRUE, local_ended, (finish, clean_up)),
        POD,
        source="kubelet SyncPod isTerminal; status manager TerminatePod",
        kills=Mutation("local phase", "clean up", Change.redirected, 0, Phase.Running),
    ),
    Claim(
        "deadline-needs-the-kubelet",
        "activeDeadlineSeconds passes only for a Pod that the kubelet has seen and has not rejected.",
        Only(pass_deadline, worker.is_not(Worker.none, Worker.rejected)),
        POD,
        source="kubelet active_deadline pastActiveDeadline: status.startTime",
        kills=Mutation("deadline", "pass the deadline", Change.unguarded),
    ),
    Claim(
        "deadline-passes-once",
        "activeDeadlineSeconds, once passed, stays so.",
        Step(TRUE, deadline.is_(Deadline.passed), (pass_deadline,)),
        POD,
        source="kubelet active_deadline pastActiveDeadline",
        kills=Mutation("deadline", "pass the deadline", Change.redirected, 0, "="),
    ),
    Claim(
        "published-by-who-knows",
        "The kubelet publishes a status only of a Pod that it has seen and that is stored.",
        Only(publish, worker.is_not(Worker.none) & ~gone),
        POD,
        source="status manager syncPod",
        kills=Mutation("api phase", "publish the status", Change.unguarded, 0),
    ),
    Claim(
        "podgc-fails-what-is-lost",
        "The Pod garbage collector marks only Pods Failed that have a node, or are deleted and were never scheduled.",
        Only(podgc_fail, assigned & ~gone | held),
        POD,
        source="podgc gcOrphaned, gcTerminating and gcUnscheduledTerminating",
        kills=Mutation("api phase", "podgc: fail", Change.unguarded),
    ),
)
