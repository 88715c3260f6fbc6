"""init container: run one after another, each to a clean end (kuberuntime computeInitContainerActions).

A failed one is restarted alone if its policy says so; otherwise the Pod fails. A new sandbox makes all of them run
again, from the first.

A sidecar does not have to end: the next container starts once it has started up. Whenever it ends it is run again,
unless the regular containers have ended for good. A new instance has to start up, too, unless a container that came
after it shows that it had; so a sidecar can make a Pod wait again only where nothing came after it.

Abstracted away: what a sync sees is taken to be current; inferring Completed for an init container whose record was
lost; probes of sidecars, so that one may start up at any time while it runs.
"""

from __future__ import annotations

from podproof.kubernetes.derived.phase import (
    all_init_done,
    init_begun,
    init_done,
    init_failed,
    init_restartable,
    restartable,
)
from podproof.kubernetes.vocabulary.events import (
    Code,
    back_off_init,
    code,
    create_sandbox,
    end_init,
    restart_init,
    see_deletion,
    start_init,
    start_up,
)
from podproof.kubernetes.vocabulary.spec import Exit, init, regular, sidecar
from podproof.kubernetes.vocabulary.states import (
    InitRun,
    Run,
    Sandbox,
    Worker,
    created,
    init_ended,
    init_run,
    init_started,
    run,
    sandbox,
    worker,
)
from podproof.language import FALSE, TRUE, Machine, Scope, Transition, if_then_else, named, sets

can_start = worker.is_(Worker.sync) & sandbox.is_(Sandbox.ready)
over = named("all regular containers ended for good", regular.all(run.is_(Run.terminated) & ~restartable))
run_again = named(
    "it is to be run again", if_then_else(sidecar, ~(all_init_done & over), init_failed & init_restartable)
)
something_followed = named("something came after it", created | init.some(init_begun, Scope.later))

init_container = Machine(
    "init container",
    init_run,
    doc="One init container or sidecar.",
    transitions=[
        # The next one starts when all earlier ones are done in this sandbox.
        Transition(
            trigger=start_init,
            source=[InitRun.waiting, InitRun.previous],
            dest=InitRun.running,
            conditions=[can_start, init.all(init_done, Scope.earlier)],
            before=sets(init_ended, Exit.none),
        ),
        Transition(
            trigger=restart_init,
            source=[InitRun.terminated, InitRun.backoff],
            dest=InitRun.running,
            conditions=[can_start, run_again, ~init_started | something_followed],
            before=sets(init_ended, Exit.none),
        ),
        Transition(
            trigger=restart_init,
            source=[InitRun.terminated, InitRun.backoff],
            dest=InitRun.running,
            conditions=[can_start, run_again],
            before=sets(init_ended, Exit.none, init_started, FALSE),
        ),
        Transition(
            trigger=start_up,
            source=InitRun.running,
            dest="=",
            conditions=[sidecar, ~init_started, worker.is_(Worker.sync)],
            before=sets(init_started, TRUE),
        ),
        Transition(
            trigger=end_init,
            source=InitRun.running,
            dest=InitRun.terminated,
            before=sets(init_ended, if_then_else(code.is_(Code.zero), Exit.zero, Exit.nonzero)),
        ),
        Transition(
            trigger=back_off_init,
            source=InitRun.terminated,
            dest=InitRun.backoff,
            conditions=[worker.is_(Worker.sync), run_again],
        ),
    ],
    reacts=[
        # The records of the old sandbox are purged; their statuses stay until the next start.
        Transition(
            trigger=create_sandbox,
            source=[InitRun.terminated, InitRun.backoff],
            dest=InitRun.previous,
            before=sets(init_started, FALSE),
        ),
        # A Pod being deleted restarts nothing, so the status shows the exit again instead of the back-off.
        Transition(trigger=see_deletion, source=InitRun.backoff, dest=InitRun.terminated),
    ],
    abstracted=("what a sync does not see yet", "records lost by the runtime", "probes of sidecars"),
)
