"""restart: is a container to be started (again)? (kubelet container ShouldContainerBeRestarted and
ContainerShouldRestart, KEP-5307)

After an exit a container's own restartPolicyRules come first, then its own restartPolicy, then the Pod's.
"""

from __future__ import annotations

from dataclasses import dataclass

from podproof.kubernetes.rules.decision import Decision, Rule
from podproof.kubernetes.rules.records import Life, Match, Reason, Record, State, deleted
from podproof.kubernetes.vocabulary.spec import ContainerPolicy, RestartPolicy, policy
from podproof.language import FALSE, TRUE, Expr, first_match, named


@dataclass(frozen=True)
class ExitRule:
    """One of restartPolicyRules: what to do after an exit code that is (`In`) or is not (`NotIn`) among these."""

    action: Match
    within: bool
    codes: tuple[int, ...]


def matching(code: Expr[int], rules: tuple[ExitRule, ...]) -> Expr[Match]:
    """The action of the first rule that the exit code matches. The rules are fixed with the spec."""
    return first_match(
        *((code.is_(*rule.codes) if rule.within else ~code.is_(*rule.codes), rule.action) for rule in rules),
        default=Match.none,
    )


def may_restart(
    own: Expr[ContainerPolicy], failed: Expr[bool], matched: Expr[bool] = FALSE, own_counts: Expr[bool] = TRUE
) -> Expr[bool]:
    """ContainerShouldRestart. own_counts: feature gate ContainerRestartRules, without which only the Pod's counts."""
    by_pod = policy.is_(RestartPolicy.Always) | policy.is_(RestartPolicy.OnFailure) & failed
    unset = own.is_(ContainerPolicy.unset)
    by_rule = matched & ~unset
    by_itself = by_rule | own.is_(ContainerPolicy.Always) | own.is_(ContainerPolicy.OnFailure) & failed
    return named("its policy restarts it", own_counts & by_itself | (~own_counts | unset) & by_pod)


def in_force(own: Expr[ContainerPolicy], one: RestartPolicy) -> Expr[bool]:
    """The container's own restartPolicy, or the Pod's where it has none, is this one."""
    return own.is_(ContainerPolicy(one)) | own.is_(ContainerPolicy.unset) & policy.is_(one)


def restarts_killed(own: Expr[ContainerPolicy]) -> Expr[bool]:
    """shouldRestartOnFailure: is it started again that the kubelet kills? No exit code is asked for, and no rule."""
    return ~in_force(own, RestartPolicy.Never)


def should_restart(
    own: Expr[ContainerPolicy], life: Expr[Life], exit_code: Expr[int], matched: Expr[Match]
) -> Decision[bool]:
    """ShouldContainerBeRestarted, of a container whose newest instance is this one."""
    return Decision(
        "it is to be started",
        (
            Rule("the Pod is being deleted", deleted, FALSE),
            Rule("it was never started", life.is_(Life.absent), TRUE),
            Rule("it runs", life.is_(Life.running), FALSE),
            Rule("it did not get to run", life.is_(Life.created, Life.unknown), TRUE),
            Rule("it ended", TRUE, may_restart(own, ~exit_code.is_(0), matched.is_not(Match.none))),
        ),
    )


def restarts_all(life: Expr[Life], matched: Expr[Match]) -> Expr[bool]:
    """This instance ended in a way that restarts all containers."""
    return life.is_(Life.exited) & matched.is_(Match.restart_all)


def after_exit(record: Record, own_counts: Expr[bool] = TRUE) -> Expr[bool]:
    """Of a record in state terminated: its container may be restarted, or is being restarted with all others."""
    matched = record.matched.is_not(Match.none)
    by_policy = may_restart(record.policy, ~record.exit_code.is_(0), matched, own_counts)
    return by_policy | own_counts & record.reason.is_(Reason.restarting_all)


def after_last_exit(record: Record, own_counts: Expr[bool] = TRUE) -> Expr[bool]:
    """The same of a record that waits after an earlier run."""
    matched = record.last_matched.is_not(Match.none)
    by_policy = may_restart(record.policy, ~record.last_exit_code.is_(0), matched, own_counts)
    return by_policy | own_counts & record.last_reason.is_(Reason.restarting_all)


def waits_again(record: Record) -> Expr[bool]:
    """It waits after an earlier run."""
    return record.state.is_(State.waiting) & record.last.is_(State.terminated)
