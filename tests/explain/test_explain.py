"""podproof explain: what the Pods of manifests can do, and why live ones are where they are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from podproof.cli import main
from podproof.cli.explain import explain as command
from podproof.cli.explained import as_json, text
from podproof.explain.answers import Can, Explanation, Live, Possibility, breaks
from podproof.explain.explanation import explain
from podproof.kubernetes.objects.manifests import PodDocument, read
from podproof.kubernetes.objects.observe import observation
from podproof.kubernetes.objects.shape import shape
from podproof.kubernetes.objects.uncovered import uncovered
from podproof.properties.answer import Method, Verdict
from podproof.wording.wrapping import WIDTH

from tests.support.places import DATA
from tests.support.schemas import expect_valid

EXAMPLES = Path("examples/manifests")
RECORDED = DATA / "manifests"
CRASHING = EXAMPLES / "crash-looping-pod.json"

DISRUPTIONS = {
    "somebody deletes it",
    "its node is gone (podgc)",
    "its node rejects it",
    "the kubelet evicts it",
    "the kubelet preempts it",
    "its node shuts down",
}


def documents(*paths: Path | str) -> tuple[PodDocument, ...]:
    reading = read([str(path) for path in paths])
    assert not reading.problems
    return reading.documents


def written(folder: Path, pod: dict[str, Any] | str) -> PodDocument:
    file = folder / "pod.yaml"
    file.write_text(pod if isinstance(pod, str) else json.dumps(pod))
    return documents(file)[0]


def pod(policy: str = "Always", containers: int = 1, inits: int = 0, **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "p"},
        "spec": {
            "restartPolicy": policy,
            "initContainers": [{"name": f"i{n}"} for n in range(inits)],
            "containers": [{"name": f"c{n}"} for n in range(containers)],
            **spec,
        },
    }


def crashing() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(CRASHING.read_text())
    return found


def can(told: Explanation) -> dict[str, Can]:
    return {outcome.what: outcome.can for outcome in told.outcomes}


def rule(told: Explanation, key: str) -> Possibility:
    return next(each for each in told.rules if each.id == key)


def causes(possibility: Possibility) -> set[str]:
    return {" and ".join(map(breaks, each)) for each in possibility.disruptions}


def live_part(told: Explanation) -> Live:
    assert told.live is not None
    return told.live


def run(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(command, [str(a) for a in arguments], input=stdin)


# Manifests


@pytest.mark.parametrize(
    ("policy", "succeeded", "failed"),
    [
        ("Always", Can.disturbed, Can.disturbed),
        ("OnFailure", Can.itself, Can.disturbed),
        ("Never", Can.itself, Can.itself),
    ],
)
@pytest.mark.parametrize("inits", [0, 1])
def test_the_restart_policy_decides_how_a_pod_ends(
    policy: str, succeeded: Can, failed: Can, inits: int, tmp_path: Path
) -> None:
    told = explain(written(tmp_path, pod(policy, 1, inits)))
    assert can(told) == {
        "Pending": Can.itself,
        "Running": Can.itself,
        "Succeeded": succeeded,
        "Failed": failed,
        "removed": Can.disturbed,
    }
    assert told.explored.exact


def test_what_fails_a_deployment_is_computed(tmp_path: Path) -> None:
    told = explain(written(tmp_path, pod()))
    failed = next(o for o in told.outcomes if o.what == "Failed")
    assert causes(failed) == DISRUPTIONS
    assert failed.absent is not None and failed.absent.verdict is Verdict.TRUE
    assert failed.absent.method is Method.exhaustive


def test_a_deadline_is_a_cause_only_where_the_manifest_has_one(tmp_path: Path) -> None:
    with_deadline = explain(written(tmp_path, pod(activeDeadlineSeconds=60)))
    failed = next(o for o in with_deadline.outcomes if o.what == "Failed")
    assert causes(failed) == DISRUPTIONS | {"its deadline passes"}


def test_running_goes_back_to_pending_only_with_init_containers_and_a_lost_sandbox(tmp_path: Path) -> None:
    without = explain(written(tmp_path, pod()))
    assert rule(without, "never-running-to-pending").can is Can.never
    with_inits = rule(explain(written(tmp_path, pod(inits=1))), "never-running-to-pending")
    assert with_inits.can is Can.disturbed
    assert causes(with_inits) == {"its sandbox is lost"}


def test_rules_of_init_containers_and_restarts(tmp_path: Path) -> None:
    told = explain(written(tmp_path, pod("Never", 1, 2)))
    for key in ("containers-after-init", "one-init-at-a-time", "never-restarted-under-never"):
        assert rule(told, key).can is Can.never, key


def test_a_container_policy_of_its_own_is_respected(tmp_path: Path) -> None:
    own = pod("Never", containers=0)
    own["spec"]["containers"] = [{"name": "a", "restartPolicy": "OnFailure"}, {"name": "b"}]
    told = explain(written(tmp_path, own))
    restarted = rule(told, "never-restarted-under-never")
    assert restarted.can is Can.itself and restarted.run is not None
    last = restarted.run.steps[-1]
    assert (str(last.event), restarted.run.who(last)) == ("restart", "a")


def test_a_shortest_run_is_told_with_the_names_of_the_manifest() -> None:
    (told,) = map(explain, documents(EXAMPLES / "report-pod.yaml"))
    succeeded = next(o for o in told.outcomes if o.what == "Succeeded")
    assert succeeded.run is not None
    said = [event for _, events in succeeded.run.chain() for event in events]
    assert said.index("start fetch") < said.index("start check") < said.index("start render")
    assert len(said) == len(succeeded.run) == 12


def test_proved_for_every_number_of_containers(tmp_path: Path) -> None:
    told = explain(written(tmp_path, pod()), prove=True)
    known = rule(told, "never-running-to-pending").absent
    assert known is not None and known.method is Method.proved


def test_a_hundred_containers_are_explored_by_representatives(tmp_path: Path) -> None:
    told = explain(written(tmp_path, pod("OnFailure", 100, 5)), prove=False)
    assert not told.explored.exact
    assert told.explored.names == ("i0", "i1", "c0", "c1") and told.explored.of == 105
    assert "explored with 4 of its 105 containers" in text([told])
    assert rule(told, "containers-after-init").can is Can.unknown  # without a proof nothing is said of the others


def test_representatives_have_every_container_policy(tmp_path: Path) -> None:
    mixed = pod("Always", containers=6)
    mixed["spec"]["containers"][4]["restartPolicy"] = "Never"
    told = explain(written(tmp_path, mixed), prove=False)
    assert told.explored.names == ("c0", "c4")


NEVERS = {"backup-cronjob": 3, "database-statefulset": 1, "migrate-job": 3, "report-pod": 6, "web-deployment": 1}
"""Lines under "can never happen" of the example manifests."""


@pytest.mark.parametrize("document", documents(EXAMPLES, RECORDED), ids=lambda d: f"{d.title} {d.location}")
def test_every_example_is_explained_within_the_width(document: PodDocument) -> None:
    told = explain(document, prove=False)
    shown = text([told])
    assert max(map(len, shown.splitlines())) <= WIDTH
    json.dumps(as_json([told]))
    if document.live:
        assert live_part(told).story is not None
    else:
        assert can(told)["Pending"] is can(told)["Running"] is Can.itself
    for each in told.uncovered:
        assert f"line {each.location.line}: {each.what}" in shown
    name = Path(document.location.file).stem
    if name in NEVERS and not document.live:
        never = [each for each in told.rules if each.can is Can.never]
        assert len(never) == NEVERS[name]
        # A known defect may skip init containers, but where nothing is restarted.
        doubtful = {each.id for each in never if each.unless}
        assert doubtful == ({"containers-after-init"} if name == "database-statefulset" else set())


# What the model does not have

UNCOVERED = """\
apiVersion: v1
kind: Pod
metadata:
  name: p
  annotations:
    kubernetes.io/config.mirror: abc
spec:
  terminationGracePeriodSeconds: 5
  readinessGates: [{conditionType: a}]
  schedulingGates: [{name: g}]
  initContainers:
    - name: side
      restartPolicy: Always
      startupProbe: {exec: {command: [a]}}
  containers:
    - name: main
      livenessProbe: {exec: {command: [a]}}
      readinessProbe: {exec: {command: [a]}}
      lifecycle:
        postStart: {exec: {command: [a]}}
        preStop: {exec: {command: [a]}}
      restartPolicy: Never
      restartPolicyRules: [{action: Restart}]
  ephemeralContainers:
    - name: debug
"""


@pytest.mark.parametrize(
    ("policy", "field", "said"),
    [
        ("Never", "restartPolicyRules: [{action: Restart, exitCodes: {operator: In, values: [42]}}]", True),
        ("OnFailure", "livenessProbe: {tcpSocket: {port: 80}}", True),
        ("Never", "livenessProbe: {tcpSocket: {port: 80}}", False),
        ("OnFailure", "readinessProbe: {tcpSocket: {port: 80}}", False),
    ],
)
def test_what_goes_further_than_the_model_is_said_with_the_answer(
    policy: str, field: str, said: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What could make possible what is said never to happen is no footnote: the line itself says "unless"."""
    own = "restartPolicy: Never, " if "Rules" in field else ""
    manifest = tmp_path / "pod.yaml"
    manifest.write_text(
        f"apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec:\n  restartPolicy: {policy}\n"
        f"  containers:\n  - {{name: app, image: x, {own}{field}}}\n"
    )
    with pytest.raises(SystemExit):
        main(["explain", str(manifest)])
    shown = " ".join(capsys.readouterr().out.split())
    line = shown.partition("ended for good is started again [exhaustive]")[2]
    assert line.startswith(f", unless brought about by app: {field.partition(':')[0]} (line 7)") is said


def test_everything_uncovered_is_named_with_its_line(tmp_path: Path) -> None:
    found = {(each.location.line, each.what) for each in uncovered(written(tmp_path, UNCOVERED))}
    assert found == {
        (6, "static Pod (mirror)"),
        (8, "terminationGracePeriodSeconds 5"),
        (9, "readinessGates"),
        (10, "schedulingGates"),
        (11, "known defect kubernetes/kubernetes#137710"),
        (14, "side: startupProbe"),
        (17, "main: livenessProbe"),
        (18, "main: readinessProbe"),
        (20, "main: postStart hook"),
        (21, "main: preStop hook"),
        (23, "main: restartPolicyRules"),
        (24, "ephemeralContainers"),
    }


def test_sidecars_are_init_containers_of_the_shape(tmp_path: Path) -> None:
    known = shape(written(tmp_path, UNCOVERED))
    assert known.sidecars == known.inits and [c.name for c in known.sidecars] == ["side"]


def test_pods_of_jobs_have_a_finalizer() -> None:
    (job,) = documents(EXAMPLES / "migrate-job.yaml")
    (deployment,) = documents(EXAMPLES / "web-deployment.yaml")
    assert shape(job).finalizer and not shape(deployment).finalizer


# Live objects


def test_a_crash_loop_is_explained() -> None:
    (document,) = documents(CRASHING)
    live = live_part(explain(document))
    assert live.states > 0 and live.cause == () and live.story is not None
    told = [event for _, events in live.story.chain() for event in events]
    assert told[-1] == "back off payments"
    assert "end payments (exit 0)" not in told
    changes = {(change.event, change.change) for change in live.next if not change.disruptions}
    assert changes == {("restart payments", "payments CrashLoopBackOff -> running")}
    assert {end.what: end.can for end in live.ends} == dict.fromkeys(("Succeeded", "Failed", "removed"), Can.disturbed)
    assert "nothing ends it by itself" in text([explain(document)])


def test_a_restarted_container_under_never_has_no_explanation(tmp_path: Path) -> None:
    impossible = crashing()
    impossible["spec"]["restartPolicy"] = "Never"
    status = impossible["status"]["containerStatuses"][0]
    status["state"] = {"running": {}}
    live = live_part(explain(written(tmp_path, impossible)))
    assert (live.states, live.story) == (0, None)
    assert [fact.text for fact in live.blame] == ["payments restartCount 5"]


def test_an_evicted_pod_is_explained_by_the_eviction(tmp_path: Path) -> None:
    evicted = crashing()
    evicted["status"].update({"phase": "Failed", "reason": "Evicted"})
    status = evicted["status"]["containerStatuses"][0]
    status["state"] = {"terminated": {"exitCode": 137}}
    status["restartCount"] = 0
    live = live_part(explain(written(tmp_path, evicted)))
    assert [breaks(a) for a in live.cause] == ["the kubelet evicts it"]
    ends = {end.what: end for end in live.ends}
    assert ends["Failed"].run is not None and len(ends["Failed"].run) == 0
    assert "it has ended: Failed" in text([explain(written(tmp_path, evicted))])


def test_a_phase_nobody_writes_is_said_and_not_used(tmp_path: Path) -> None:
    unknown = crashing()
    unknown["status"]["phase"] = "Unknown"
    seen = observation(written(tmp_path, unknown))
    assert [each.what for each in seen.unmapped] == ["phase Unknown"]
    assert not any(fact.text.startswith("phase") for fact in seen.facts)


def test_many_live_containers(tmp_path: Path) -> None:
    many = crashing()
    many["spec"]["containers"] = [{"name": f"c{n}"} for n in range(30)]
    many["status"]["containerStatuses"] = [
        {"name": f"c{n}", "restartCount": 0, "state": {"running": {}} if n % 2 else {"terminated": {"exitCode": 1}}}
        for n in range(30)
    ]
    told = explain(written(tmp_path, many))
    assert told.explored.names == ("c0", "c1")
    assert live_part(told).story is not None


@pytest.mark.parametrize(
    "status", [{}, {"state": None}, {"state": {"waiting": None}}, {"lastState": {"terminated": {}}}]
)
def test_odd_statuses_do_not_crash(status: dict[str, Any], tmp_path: Path) -> None:
    odd = crashing()
    odd["status"]["containerStatuses"] = [{"name": "payments", **status}, {"name": "stranger"}]
    told = explain(written(tmp_path, odd))
    assert "status of stranger" in text([told])


# The command


def test_json_has_stable_keys() -> None:
    result = run("--format", "json", str(EXAMPLES / "web-deployment.yaml"), str(CRASHING))
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    expect_valid(found)
    assert list(found) == ["schema", "documents", "problems", "ignored"]
    assert found["schema"] == "podproof/explain/v2"
    said = ["title", "location", "shape", "explored", "refused", "uncovered", "unread"]
    keys = [*said, "outcomes", "rules", "live", "problem", "times"]
    assert [list(document) for document in found["documents"]] == [keys, keys]
    manifest, live = found["documents"]
    assert manifest["live"] is None and live["live"]["explained"] is True
    known = ["id", "what", "can", "verdict", "method", "detail"]
    outcome = [*known, "disruptions", "past", "unseen", "unless", "held", "lasting", "afterwards", "run"]
    assert all(list(each) == outcome for each in manifest["outcomes"] + manifest["rules"] + live["live"]["ends"])


def test_a_bad_document_among_good_ones_is_a_problem_on_stderr() -> None:
    bad = "apiVersion: v1\nkind: Pod\nmetadata: {name: bad}\nspec: {}\n---\n" + json.dumps(pod())
    result = run("-", stdin=bad)
    assert result.exit_code == 1
    assert result.stderr.startswith("podproof: <stdin>:") and "containers" in result.stderr
    assert result.stdout.startswith("Pod/p")
    assert run("--fail-on", "nothing", "-", stdin=bad).exit_code == 0
    document = json.loads(run("--format", "json", "-", stdin=bad).stdout)
    expect_valid(document)
    (problem,) = document["problems"]
    assert (problem["rule"], problem["level"], problem["subject"]) == ("invalid-field", "error", "spec.containers")
    assert problem["location"] == {"file": "-", "line": 4, "column": 1}
    assert (problem["message"], problem["remedy"]) == ("is empty", "a Pod needs at least one container")


@pytest.mark.parametrize("stdin", ["", "kind: Service\napiVersion: v1\n", "a: [", '{"kind": "Pod"}'])
def test_nothing_usable_is_exit_code_2(stdin: str) -> None:
    result = run("-", stdin=stdin)
    assert result.exit_code == 2 and not result.stdout
    assert all(line.startswith("podproof: <stdin>:") for line in result.stderr.splitlines())
    assert "Traceback" not in result.stderr


def test_a_missing_file_and_no_file() -> None:
    assert run("no-such-file.yaml").exit_code == 2
    assert run().exit_code == 2


def test_runs_are_shown_step_by_step_and_quiet_leaves_them_out() -> None:
    file = str(EXAMPLES / "web-deployment.yaml")
    shown = run("--runs", file).stdout
    assert "Failed, a shortest run:" in shown and "READY   STATUS" in shown
    quiet = run("--quiet", file).stdout
    assert "shortest runs" not in quiet and "not in the model: 5 things" in quiet
