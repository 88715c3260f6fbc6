"""`podproof.api` exports what a file of claims, a notebook and a test need; its names change only on purpose."""

from __future__ import annotations

import podproof.api

NAMES = """
ANY Accepts Actor Always Answer Assumption AssumptionSet Becomes Bounds CLAIMS Change Claim ContainerPolicy Deadline
DeclarationError Equals Event Eventually EventuallyAlways Exit Expr FALSE Finding Follows Formula Ignore
InfinitelyOften InitRun Judge Kind LeadsTo Limits Machine Method Mutation Never NoReturn Object Only POD
POD_WITH_STATUS Passes Phase Reachable Rehearsal Report RestartPolicy Result Rule Run Sandbox Scope Shortest Step
System TERMINAL TRUE Trace Transition UnsupportedError Variable Verdict Worker api_phase assigned at check conform
conjunction counter created deadline diagram disjunction ended events explain finalizer flag if_then_else init
init_ended init_policy init_run init_started larger lint load local_phase named no_app_policies no_container_policies
no_deadline no_deletion no_eviction no_finalizer no_init_containers no_podgc no_preemption no_rejection
no_sandbox_loss no_shutdown no_sidecars number object_ on own_policy parameter picture policy quotient regular replay
report restarts_always run sandbox sets sidecar smaller some_container some_init state stopwatch strong tick timeline
timer verify weak worker
"""


def test_the_names_are_these() -> None:
    """Who renames one says so in CHANGELOG."""
    assert sorted(podproof.api.__all__) == NAMES.split()


def test_every_name_is_there() -> None:
    assert [name for name in podproof.api.__all__ if not hasattr(podproof.api, name)] == []


def test_nothing_else_is_offered() -> None:
    """A name that is imported there, and not meant, would become somebody's habit."""
    public = {name for name in vars(podproof.api) if not name.startswith("_")}
    used = {"annotations", "sys", "import_module", "Any", "Iterable", "Path", "Sizes", "TYPE_CHECKING", "LAZY"}
    assert public - {*podproof.api.__all__} <= used
