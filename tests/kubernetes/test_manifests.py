"""The reader of manifests: what it accepts, and one problem with its line for every defect."""

import io
import json
import re
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from podproof.findings.finding import Finding, Location
from podproof.kubernetes.objects import documents, manifests
from podproof.kubernetes.objects.documents import Places
from podproof.kubernetes.objects.manifests import Ignored, PodDocument, Reading, read

from tests.support.places import DATA, ROOT

MANIFESTS = DATA / "manifests"
EXAMPLES = ROOT / "examples" / "manifests"

POD = """\
apiVersion: v1
kind: Pod
metadata:
  name: p
spec:
  containers:
  - name: main
    image: busybox
"""
SERVICE = "apiVersion: v1\nkind: Service\nmetadata:\n  name: s\n"


def read_text(text: str | bytes) -> Reading:
    data = text.encode() if isinstance(text, str) else text
    return read(["-"], io.BytesIO(data))


def only_pod(text: str | bytes) -> PodDocument:
    reading = read_text(text)
    assert not reading.problems
    (document,) = reading.documents
    return document


def said(problem: Finding) -> str:
    """What a problem says behind its place."""
    return str(problem).removeprefix(f"{problem.location}: ")


def place_of(problem: Finding) -> Location:
    assert problem.location is not None
    return problem.location


def line_of(problem: Finding) -> int:
    line = place_of(problem).line
    assert line is not None
    return line


def only_problem(text: str | bytes) -> Finding:
    reading = read_text(text)
    assert not reading.documents
    (problem,) = reading.problems
    assert len(str(problem).splitlines()) == 1
    return problem


def pod(**changes: Any) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "p"},
        "spec": {"containers": [{"name": "main"}], **changes},
    }


def workload(kind: str, version: str = "apps/v1", **changes: Any) -> dict[str, Any]:
    template = {"spec": {"containers": [{"name": "main"}], **changes}}
    return {"apiVersion": version, "kind": kind, "metadata": {"name": "w"}, "spec": {"template": template}}


class TestAccepted:
    def test_a_pod(self) -> None:
        document = only_pod(POD)
        assert (document.title, document.namespace, document.live) == ("Pod/p", "", False)
        assert document.pod["spec"]["containers"] == [{"name": "main", "image": "busybox"}]
        assert document.pod["metadata"] == {"name": "p"}
        assert document.pod["status"] == {}
        assert str(document.location) == "<stdin>:1:1"

    @pytest.mark.parametrize(
        ("kind", "version", "changes"),
        [
            ("Deployment", "apps/v1", {}),
            ("Deployment", "extensions/v1beta1", {}),
            ("StatefulSet", "apps/v1", {"restartPolicy": "Always"}),
            ("DaemonSet", "apps/v1", {}),
            ("ReplicaSet", "apps/v1", {"restartPolicy": None}),
            ("ReplicationController", "v1", {"restartPolicy": ""}),
            ("Job", "batch/v1", {"restartPolicy": "Never"}),
            ("Job", "batch/v1", {"restartPolicy": "OnFailure"}),
        ],
    )
    def test_workloads(self, kind: str, version: str, changes: dict[str, Any]) -> None:
        document = only_pod(json.dumps(workload(kind, version, **changes)))
        assert document.title == f"{kind}/w"
        assert document.pod["spec"]["containers"] == [{"name": "main"}]

    def test_cron_job_and_pod_template(self) -> None:
        job = workload("Job", "batch/v1", restartPolicy="OnFailure")
        cron = {**job, "kind": "CronJob", "spec": {"schedule": "* * * * *", "jobTemplate": {"spec": job["spec"]}}}
        assert only_pod(json.dumps(cron)).pod["spec"]["restartPolicy"] == "OnFailure"
        template = {"apiVersion": "v1", "kind": "PodTemplate", "metadata": {"name": "t"}, "template": pod()}
        assert only_pod(json.dumps(template)).title == "PodTemplate/t"

    def test_status_makes_it_live(self) -> None:
        assert only_pod(POD + "status: {phase: Running}\n").live
        assert not only_pod(POD + "status: {}\n").live
        assert not only_pod(POD + "status:\n").live

    def test_generated_names(self) -> None:
        assert only_pod(POD.replace("name: p", "generateName: p-")).title == "Pod/p-"

    def test_without_api_version(self) -> None:
        assert only_pod(POD.replace("apiVersion: v1\n", "")).title == "Pod/p"

    def test_unset_values_are_as_good_as_absent(self) -> None:
        changes: dict[str, Any] = {
            "initContainers": None,
            "ephemeralContainers": [],
            "terminationGracePeriodSeconds": None,
        }
        assert only_pod(json.dumps(pod(**changes))).kind == "Pod"

    def test_container_policies(self) -> None:
        containers = [{"name": n, "restartPolicy": n} for n in ("Always", "OnFailure", "Never")]
        assert only_pod(json.dumps(pod(initContainers=containers))).kind == "Pod"

    @pytest.mark.parametrize(
        "data",
        [
            POD.replace("\n", "\r\n").encode(),
            POD.replace("\n", "\r").encode(),
            POD.encode("utf-8-sig"),
            POD.encode("utf-16"),
            b"\xfe\xff" + POD.encode("utf-16-be"),
            f"%YAML 1.1\n---\n{POD}...\n%YAML 1.2\n# end\n".encode(),
            f"--- # first\n{POD}---\n---\n# nothing\n---\nnull\n".encode(),
            json.dumps(yaml.safe_load(POD)).encode(),
            json.dumps(yaml.safe_load(POD), indent="\t").encode(),
            b"---\n" + json.dumps(yaml.safe_load(POD), indent=2).encode(),
            b"{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [{name: main, image: busybox}]}}",
            b'{"kind": "Pod", metadata: {name: p}, spec: {containers: [{name: main, image: busybox},]}} # flow',
        ],
    )
    def test_encodings_and_syntaxes(self, data: bytes) -> None:
        assert only_pod(data).pod["spec"] == {"containers": [{"name": "main", "image": "busybox"}]}


class TestManyDocuments:
    def test_every_document_has_its_own_lines(self) -> None:
        reading = read_text(POD + "---\n" + SERVICE + "---\n" + POD.replace("name: p", "name: q"))
        assert [(d.name, d.location.line) for d in reading.documents] == [("p", 1), ("q", 15)]
        assert reading.ignored == (Ignored(Location("-", 10, 1), "Service", "s"),)
        assert not reading.problems

    def test_a_bad_document_costs_only_itself(self) -> None:
        reading = read_text(POD + "---\na: [1\n---\n" + POD + "---\nkind: Pod\nspec: {}\nmetadata: {name: x}\n")
        assert [d.location.line for d in reading.documents] == [1, 12]
        assert [(line_of(p), re.split("[;:]", said(p))[0]) for p in reading.problems] == [
            (11, "not YAML"),
            (22, "spec.containers is empty"),
        ]

    def test_json_objects_one_after_another(self) -> None:
        lines = "\n".join(json.dumps(pod()) for _ in range(3))
        pretty = "\n".join(json.dumps(pod(), indent=4) for _ in range(3))
        assert [d.location.line for d in read_text(lines).documents] == [1, 2, 3]
        assert [d.location.line for d in read_text(pretty).documents] == [1, 15, 29]
        assert len(read_text(json.dumps(pod()) * 3).documents) == 3

    def test_cut_json_lines(self) -> None:
        line = json.dumps(pod())
        for cut in range(1, len(line)):
            reading = read_text(f"{line}\n{line[:cut]}\n{line}\n{line[:cut]}")
            assert [d.location.line for d in reading.documents] == [1, 3]
            assert [line_of(p) for p in reading.problems] == [2, 4]
            assert all(said(p).endswith("; correct or complete the value") for p in reading.problems)

    @pytest.mark.parametrize("kind", ["List", "PodList"])
    def test_lists(self, kind: str) -> None:
        broken = pod(containers=[])
        items = [pod(), {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "x"}}, broken, pod()]
        text = json.dumps({"apiVersion": "v1", "kind": kind, "items": items}, indent=1)
        reading = read_text(text)
        assert [d.kind for d in reading.documents] == ["Pod", "Pod"]
        assert [i.kind for i in reading.ignored] == ["Secret"]
        (problem,) = reading.problems
        assert text.splitlines()[line_of(problem) - 1].strip() == '"containers": []'

    def test_items_of_typed_lists_need_no_kind(self) -> None:
        items = [{key: value for key, value in pod().items() if key not in ("kind", "apiVersion")}]
        assert only_pod(json.dumps({"kind": "PodList", "apiVersion": "v1", "items": items})).title == "Pod/p"
        services = {"kind": "ServiceList", "apiVersion": "v1", "items": [{"metadata": {"name": "x"}}]}
        assert [i.kind for i in read_text(POD + "---\n" + json.dumps(services)).ignored] == ["Service"]
        plain = only_problem(json.dumps({"kind": "List", "apiVersion": "v1", "items": items}))
        assert said(plain).startswith("no kind")

    def test_lists_in_lists(self) -> None:
        inner: dict[str, Any] = pod()
        for _ in range(20):
            inner = {"kind": "List", "apiVersion": "v1", "items": [inner]}
        assert only_pod(json.dumps(inner)).title == "Pod/p"

    def test_foreign_kinds_are_ignored(self) -> None:
        texts = [
            json.dumps(workload("Job", "batch.volcano.sh/v1alpha1")),
            json.dumps({"apiVersion": "example.com/v1", "kind": "AllowList", "metadata": {"name": "a"}}),
            json.dumps({"apiVersion": "v1", "kind": "Na\nme", "metadata": {"name": "\x1b[31m"}}),
        ]
        reading = read_text("\n---\n".join([POD, *texts]))
        assert not reading.problems
        assert [(i.kind, i.name) for i in reading.ignored] == [
            ("Job", "w"),
            ("AllowList", "a"),
            (r"Na\nme", r"\x1b[31m"),
        ]

    def test_helm_output(self) -> None:
        reading = read([str(MANIFESTS / "helm-output.yaml")])
        assert [(d.title, d.namespace) for d in reading.documents] == [
            ("Deployment/shop", "prod"),
            ("Pod/shop-smoke-", ""),
        ]
        assert [i.kind for i in reading.ignored] == ["ConfigMap", "ServiceMonitor"]
        assert not reading.problems


class TestLines:
    TEXT = textwrap.dedent("""\
        # a comment
        apiVersion: batch/v1
        kind: CronJob
        metadata:
          name: c
        spec:
          jobTemplate:
            spec:
              template:
                spec:
                  restartPolicy: Never
                  containers:
                    - name: a
                      livenessProbe:
                        exec: {command: [x]}
                    -
                      name: b
        """)

    def test_yaml(self) -> None:
        document = only_pod(self.TEXT)
        assert document.location == Location("-", 2, 1)
        assert document.location_of().line == 9
        assert document.location_of("spec").line == 10
        assert document.location_of("spec", "containers").line == 12
        assert document.location_of("spec", "containers", 0).line == 13
        assert document.location_of("spec", "containers", 0, "livenessProbe").line == 14
        assert document.location_of("spec", "containers", 0, "livenessProbe", "exec", "command", 0).line == 15
        assert document.location_of("spec", "containers", 1, "name").line == 17

    def test_nearest_ancestor_of_what_does_not_exist(self) -> None:
        document = only_pod(self.TEXT)
        assert document.location_of("status", "phase").line == 9
        assert document.location_of("spec", "containers", 7, "name").line == 12
        assert document.location_of("spec", "containers", 0, "readinessProbe", "periodSeconds").line == 13
        assert document.location_of("spec", "restartPolicy", "x").line == 11

    def test_json_has_the_lines_that_the_same_yaml_has(self) -> None:
        value = pod(initContainers=[{"name": "i", "command": ['a\\"b', "c\u2028d", "\ud83d\ude00"]}])
        text = json.dumps(value, indent=2)
        as_json, as_yaml = only_pod(text), only_pod(text.replace("\\ud83d\\ude00", "x") + " # YAML")
        assert as_json.places == as_yaml.places
        assert as_json.pod["spec"]["initContainers"][0]["command"][2] == "\U0001f600"
        assert as_json.location_of("spec", "initContainers", 0, "command", 2).line == 19

    @pytest.mark.parametrize("text", [TEXT, json.dumps(pod(), indent=1), f"---  {json.dumps(pod())}\n", POD])
    def test_columns_are_those_of_keys_and_of_items(self, text: str) -> None:
        lines = text.splitlines()

        def look(places: Places) -> int:
            for step, inside in places.children.items():
                found = lines[inside.place.line - 1][inside.place.column - 1 :]
                assert not found[0].isspace()
                assert isinstance(step, int) or found.lstrip('"').startswith(step)
            return len(places.children) + sum(map(look, places.children.values()))

        assert look(only_pod(text).outer_places) > 5

    @pytest.mark.parametrize(
        ("data", "where"),
        [
            (b"kind: Pod\nmetadata: {name: a\nspec: {}\n", ":3:5"),
            (b'{"kind": "Pod",\n  "spec" 1}', ":2:10"),
            (b'{"a": 1}\n  {"kind": Pod}\n', ":2:12"),
            (b"a: \xc3\xa9\xff\n", ":1:5"),
            ("e: é\n  \x07\n".encode(), ":2:3"),
            (b"kind: Pod\nmetadata:\n  name: a\n  name: b\n", ":4:3"),
            (b"a: !!python/name:os.system\n", ":1:4"),
            (b"---\na: [\n", ":3:1"),
        ],
    )
    def test_mistakes_have_columns(self, data: bytes, where: str) -> None:
        assert str(read_text(data).problems[-1]).startswith(f"<stdin>{where}: ")

    def test_aliases_and_merges(self) -> None:
        text = POD + textwrap.dedent("""\
            x-probes:
              a: &a {periodSeconds: 3, timeoutSeconds: 4}
              b: &b
                periodSeconds: 5
                failureThreshold: 6
            status:
              one: *a
              two:
                <<: [*a, *b]
                timeoutSeconds: 7
              three:
                <<: *b
            """)
        document = only_pod(text)
        assert document.pod["status"] == {
            "one": {"periodSeconds": 3, "timeoutSeconds": 4},
            "two": {"periodSeconds": 3, "timeoutSeconds": 7, "failureThreshold": 6},
            "three": {"periodSeconds": 5, "failureThreshold": 6},
        }
        assert document.location_of("status", "one").line == 15
        assert document.location_of("status", "one", "periodSeconds").line == 10
        assert document.location_of("status", "two", "timeoutSeconds").line == 18
        assert document.location_of("status", "two", "failureThreshold").line == 13
        assert document.location_of("status", "three").line == 19


class TestScalars:
    """As sigs.k8s.io/yaml resolves them, which kubectl uses."""

    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("", None),
            ("~", None),
            ("yes", True),
            ("off", False),
            ("y", True),
            ("'yes'", "yes"),
            ("! yes", "yes"),
            ("!!str 5", "5"),
            ("!!int 5", 5),
            ("10", 10),
            ("-0x1F", -31),
            ("0o17", 15),
            ("017", 15),
            ("0b101", 5),
            ("1_000", 1000),
            ("08", 8),
            ("1e3", 1000),
            ("2.5", 2.5),
            ("10.0", 10),
            ("1:30", "1:30"),
            ("2024-01-02", "2024-01-02"),
            ("1.2.3", "1.2.3"),
            (".", "."),
            ("-", [None]),
            ("<<", "<<"),
            (".inf", ".inf"),
            ("100m", "100m"),
        ],
    )
    def test_plain_text(self, text: str, value: object) -> None:
        (found,) = documents.documents(f"a:\n  {text}\n".encode(), "x")
        assert isinstance(found, documents.Document)
        assert found.value == {"a": value}
        assert type(found.value["a"]) is type(value)

    def test_keys_are_text_as_written(self) -> None:
        (found,) = documents.documents(b"on: 1\n80: 2\n'a b': 3\n<<: {c: 4}\n", "x")
        assert isinstance(found, documents.Document)
        assert found.value == {"on": 1, "80": 2, "a b": 3, "c": 4}

    def test_json_numbers_and_half_surrogates(self) -> None:
        (found,) = documents.documents(b'{"a": [1, -2.5, 1e2, true, null, "\\ud800\\u00e9"]}', "x")
        assert isinstance(found, documents.Document)
        assert found.value == {"a": [1, -2.5, 100, True, None, "\ufffd\u00e9"]}


def with_lines(text: str) -> str:
    return textwrap.dedent(text).lstrip("\n")


class TestUnreadable:
    def test_missing_file(self) -> None:
        (problem,) = read(["no/such.yaml"]).problems
        assert str(problem) == (
            "no/such.yaml:1: cannot be read: No such file or directory; check the path and its permissions"
        )

    def test_paths_that_cannot_be_opened(self, tmp_path: Path) -> None:
        loop = tmp_path / "loop.yaml"
        loop.symlink_to(loop)
        for path in (str(loop), "nul\0byte", "new\nline"):
            (problem,) = read([path]).problems
            assert "cannot be read" in said(problem)
            assert len(str(problem).splitlines()) == 1

    def test_permission_denied(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(path: str, stdin: object) -> bytes:
            raise PermissionError(13, "Permission denied", path)

        monkeypatch.setattr(manifests, "_bytes_of", refuse)
        (problem,) = read(["secret.yaml"]).problems
        assert said(problem) == "cannot be read: Permission denied; check the path and its permissions"

    def test_standard_input_that_fails(self) -> None:
        closed = io.BytesIO()
        closed.close()
        (problem,) = read(["-"], closed).problems
        assert str(problem).startswith("<stdin>:1: cannot be read: ")

    @pytest.mark.parametrize(
        ("data", "line", "message"),
        [
            (b"", 1, "empty; write a manifest"),
            (b"\n# only\n---\n---\n# comments\n", 1, "no Pod in <stdin>: found nothing"),
            (b"\x7fELF\0\0", 1, "a binary file"),
            (b"\x1f\x8b\x08\x00", 1, "a binary file"),
            (b"a: 1\nb: \xff\n", 2, "not UTF-8 text"),
            (b"\xff\xfea", 1, "not UTF-16 text"),
            (b"kind: Pod\na: \x07\n", 2, "not YAML: "),
            (
                b"kind: Pod\n\tmetadata: {}\n",
                2,
                "not YAML: ",
            ),
            (b"a: b: c\n", 1, "not YAML: mapping values are not allowed"),
            (b"kind: Pod\nname: {{ .Values.name }}\n", 2, "a key is not text"),
            (b"kind: Pod\n{{- if .Values.on }}\n", 2, "not YAML: "),
            (b"a: *b\n", 1, "alias *b comes before any anchor &b"),
            (b"a: &b\n  - *b\n", 2, "alias *b stands inside what it names"),
            (b"a: !Ref b\n", 1, "tag '!Ref' means nothing to Kubernetes"),
            (b"a: !!python/object/apply:os.system [id]\n", 1, "tag 'tag:yaml.org,2002:python/object/apply:os.system'"),
            (b"a: !%ED%A0%80 b\n", 1, "not YAML: "),
            (b"? [a]\n: b\n", 1, "a key is not text"),
            (b"a: {x: 1}\nb: {<<: 5}\n", 2, "<< merges mappings only"),
            (b"a: " + b"9" * 5000, 1, "the number '9999999"),
            (b'{"a": 1e999}', 1, "the number '1e999' does not fit in 64 bits"),
            (b'{"a":\n [1 ] 2}', 2, "not JSON: Expecting ',' delimiter"),
            (b'{"a": "b\nc}', 1, "not JSON: Invalid control character at"),
            (b"just text", 1, "not a Kubernetes object but 'just text'"),
            (b"5", 1, "not a Kubernetes object but 5"),
            (b"- a\n- b", 1, "not a Kubernetes object but a list"),
            (b'[{"kind": "Pod"}]', 1, "not a Kubernetes object but a list"),
        ],
    )
    def test_text_that_is_no_manifest(self, data: bytes, line: int, message: str) -> None:
        problem = read_text(data).problems[0]
        assert (place_of(problem).file, line_of(problem)) == ("-", line)
        assert said(problem).startswith(message)

    def test_no_defect_is_reported_twice(self) -> None:
        for data in (
            b"a: [",
            b"kind: Pod\n\ta: b\n",
            b'{"a": ',
            b"\0",
            b"\xff",
            b"5",
            b"{{ x }}",
            b"a: *b",
            b"kind: 5",
        ):
            only_problem(data)

    def test_control_characters_after_other_bytes(self) -> None:
        assert line_of(only_problem("é: ü\nb: ö\nc: \x07\n")) == 3

    def test_tabs_are_named(self) -> None:
        assert said(only_problem("kind: Pod\n\tmetadata: {}\n")).endswith("; indent with spaces, not tabs")

    def test_templates_are_to_be_rendered(self) -> None:
        assert "helm template" in said(only_problem(POD + "{{- end }}\n"))

    @pytest.mark.parametrize(
        ("text", "second", "first"),
        [
            ("kind: Pod\nmetadata: {}\nkind: Job\n", 3, 1),
            ("a:\n  b:\n    c: 1\n    d: 2\n    c: 3\n", 5, 3),
            ('{"a": 1,\n "b": [\n  {"c": 1,\n   "c": 1}]}', 4, 3),
            ("a: {b: 1, 'b': 2}\n", 1, 1),
        ],
    )
    def test_repeated_keys(self, text: str, second: int, first: int) -> None:
        problem = only_problem(text)
        assert line_of(problem) == second
        assert f"is already on line {first}; keep one of the two" in said(problem)

    def test_every_repeated_key_is_a_problem(self) -> None:
        assert [line_of(p) for p in read_text("a: 1\na: 2\nb: 1\na: 3\nb: 2\n").problems] == [2, 4, 5]


class TestLimits:
    @pytest.mark.parametrize(
        "text",
        [
            "[" * 100_000,
            "[" * 100_000 + "]" * 100_000,
            '{"a":' * 100_000,
            '{"a":\n' * 100_000 + "1" + "}" * 100_000,
            "- " * 100_000 + "a",
            "a: " + "[" * 100_000,
            "a: " + "{b: " * 100_000,
            '{"a":' * 500 + "1" + "}" * 500,
        ],
    )
    def test_depth(self, text: str) -> None:
        assert said(only_problem(text)) == "nested more than 100 levels deep; no Kubernetes object is: make it flatter"

    def test_depth_costs_only_the_document(self) -> None:
        reading = read_text("[" * 100_000 + "\n---\n" + POD)
        assert (len(reading.documents), len(reading.problems)) == (1, 1)

    def test_deepest_that_is_read(self) -> None:
        deepest = json.dumps(pod(x=json.loads("[" * 98 + "]" * 98)))
        assert only_pod(deepest).title == "Pod/p"
        assert "deep" in said(only_problem(deepest.replace("[]", "[[]]")))

    def test_alias_bomb(self) -> None:
        lines = ["a0: &a0 [x, x]", *(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 60))]
        problem = only_problem("\n".join(lines))
        assert "values in one document, aliases written out" in said(problem)

    def test_merge_bomb(self) -> None:
        lines = ["a0: &a0 {x: y}", *(f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}]}}" for n in range(1, 60))]
        assert "values in one document" in said(only_problem("\n".join(lines)))

    def test_many_values(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(documents, "MAX_VALUES", 50)
        assert only_pod(POD)
        assert line_of(only_problem(f"{POD}x: [{', '.join('1' * 50)}]\n")) == 9

    def test_large_files(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(documents, "MAX_BYTES", 2**20)
        monkeypatch.setattr(manifests, "MAX_BYTES", 2**20)
        file = tmp_path / "large.yaml"
        file.write_text(POD + "#" * 2**20)
        assert [said(p) for p in read([str(file)]).problems] == ["larger than 1 MiB; split it into smaller files"]
        assert only_pod(POD.ljust(2**20))

    def test_many_problems(self) -> None:
        for text in ("---\nbad\n" * 1000, "a: 1\n" * 1000, "{\n" * 1000, '{"a": }\n' * 1000):
            problems = read_text(POD + "---\n" + text).problems
            assert len(problems) <= 101
        assert said(read_text("---\nbad\n" * 100).problems[-1]).startswith("not a Kubernetes object")
        last = read_text("---\nbad\n" * 101).problems[-1]
        assert said(last).startswith("more than 100 problems in this file")
        items = json.dumps({"kind": "PodList", "apiVersion": "v1", "items": [{}] * 1000})
        assert len(read_text(items).problems) == 101


class TestMalformed:
    """One problem each, on the line that is wrong."""

    @pytest.mark.parametrize(
        ("text", "line", "message"),
        [
            ("metadata: {name: x}\n", 1, "no kind, so not a Kubernetes object; "),
            ("kind: [Pod]\n", 1, "no kind, so not a Kubernetes object; "),
            ("kind: Service\nmetadata: {name: x}\n", 1, "no apiVersion for kind 'Service'; "),
            ("type: ADDED\nobject: {kind: Pod}\n", 1, "a watch event, not an object; give the object in it"),
            ("kind: Pod\nspec: {containers: [{name: a}]}\n", 1, "metadata is missing; "),
            ("kind: Pod\nmetadata: p\nspec: {containers: [{name: a}]}\n", 2, "metadata must be a mapping, found 'p'; "),
            ("kind: Pod\nmetadata: {}\nspec: {containers: [{name: a}]}\n", 2, "metadata.name is missing; "),
            ("kind: Pod\nmetadata:\n  name: 12\nspec: {containers: [{name: a}]}\n", 3, "metadata.name must be text, f"),
            ("kind: Pod\nmetadata: {name: a}\n", 1, "spec is missing; add it with at least one container"),
            ("kind: Pod\nmetadata: {name: a}\nspec: text\n", 3, "spec must be a mapping, found 'text'; "),
            ("kind: Pod\nmetadata: {name: a}\nspec:\n  x: 1\n", 3, "spec.containers is empty; "),
            ("kind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n", 4, "spec.containers is empty; "),
            ("kind: Pod\nmetadata: {name: a}\nspec:\n  containers: {}\n", 4, "spec.containers must be a list, found a"),
            (
                "kind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n  - x\n",
                5,
                "spec.containers[0] must be a mapping",
            ),
            ("kind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n  -\n", 5, "spec.containers[0] must be a mapping"),
            ("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\n", 1, "spec is missing; a Deployment holds"),
            (
                "kind: Job\nmetadata: {name: a}\nspec:\n  template: []\n",
                4,
                "spec.template must be a mapping, found a l",
            ),
            (
                "kind: CronJob\nmetadata: {name: a}\nspec:\n  jobTemplate:\n",
                4,
                "spec.jobTemplate is missing; a CronJob",
            ),
            ("kind: List\nitems: 5\n", 2, "items must be a list, found 5; "),
            ("apiVersion: v1\nkind: PodList\nitems: []\n", 1, "no Pod in <stdin>: found PodList; "),
            (SERVICE, 1, "no Pod in <stdin>: found Service; give a Pod or a workload"),
        ],
    )
    def test_objects(self, text: str, line: int, message: str) -> None:
        problem = only_problem(text)
        assert (place_of(problem).file, line_of(problem)) == ("-", line)
        assert said(problem).startswith(message)

    @pytest.mark.parametrize(
        ("changes", "where", "message"),
        [
            (
                {"restartPolicy": "Sometimes"},
                "Sometimes",
                "is 'Sometimes', but a Pod takes Always or OnFailure or Never",
            ),
            ({"restartPolicy": "always"}, "always", "is 'always', but"),
            ({"restartPolicy": False}, "restartPolicy", "must be text, found false"),
            ({"terminationGracePeriodSeconds": "30s"}, "30s", "must be a whole number, found '30s'"),
            ({"activeDeadlineSeconds": True}, "activeDeadline", "must be a whole number, found true"),
            ({"initContainers": {"name": "x"}}, "initContainers", "must be a list, found a mapping"),
            ({"containers": [{"name": "a"}, {"image": "x"}]}, "{", "is missing; every container needs a name"),
            ({"containers": [{"name": ""}]}, "name", "is missing; every container needs a name"),
            ({"containers": [{"name": 7}]}, "name", "must be text, found 7"),
            ({"containers": [{"name": {"a": 1}}]}, "name", "must be text, found a mapping"),
            ({"containers": [{"name": "a\nb"}]}, "name", "must be text on one line, found 'a\\nb'"),
            ({"containers": [{"name": "a", "restartPolicy": "No"}]}, "restartPolicy", "is 'No', but a container takes"),
            ({"containers": [{"name": "a", "livenessProbe": []}]}, "livenessProbe", "must be a mapping, found a list"),
            (
                {"containers": [{"name": "a", "startupProbe": {"periodSeconds": "5"}}]},
                "periodSeconds",
                "must be a whole number, found '5'",
            ),
        ],
    )
    def test_specs(self, changes: dict[str, Any], where: str, message: str) -> None:
        text = json.dumps(pod(**changes), indent=1)
        problem = only_problem(text)
        assert message in said(problem)
        assert where in text.splitlines()[line_of(problem) - 1]

    @pytest.mark.parametrize("other", ["containers", "initContainers", "ephemeralContainers"])
    def test_names_of_containers_are_unique(self, other: str) -> None:
        spec: dict[str, Any] = {"containers": [{"name": "a"}]}
        spec[other] = [*spec.get(other, []), {"name": "a"}]
        text = json.dumps(pod(**spec), indent=1)
        problem = only_problem(text)
        lines = [number for number, line in enumerate(text.splitlines(), 1) if '"name": "a"' in line]
        assert line_of(problem) in lines
        (first,) = set(lines) - {line_of(problem)}
        assert f"'a' is the name of the container on line {first}; rename one" in said(problem)

    @pytest.mark.parametrize(
        ("kind", "version", "policy"),
        [
            ("Deployment", "apps/v1", "Never"),
            ("ReplicaSet", "apps/v1", "OnFailure"),
            ("StatefulSet", "apps/v1", "Sometimes"),
            ("DaemonSet", "apps/v1", "OnFailure"),
            ("ReplicationController", "v1", "Never"),
            ("Job", "batch/v1", "Always"),
            ("Job", "batch/v1", None),
            ("Job", "batch/v1", ""),
        ],
    )
    def test_restart_policy_of_workloads(self, kind: str, version: str, policy: str | None) -> None:
        problem = only_problem(json.dumps(workload(kind, version, restartPolicy=policy)))
        assert said(problem).startswith(f"spec.template.spec.restartPolicy is {policy or 'Always'!r}, but a {kind}")

    def test_job_that_says_nothing(self) -> None:
        problem = only_problem(json.dumps(workload("Job", "batch/v1"), indent=1))
        assert said(problem) == (
            "spec.template.spec.restartPolicy is 'Always', but a Job takes OnFailure or Never only; write that"
        )
        assert line_of(problem) == 9

    @pytest.mark.parametrize(
        ("status", "message"),
        [
            ("x", "status must be a mapping, found 'x'"),
            ({"phase": 1}, "status.phase must be text, found 1"),
            ({"containerStatuses": {}}, "status.containerStatuses must be a list, found a mapping"),
            ({"conditions": [1]}, "status.conditions[0] must be a mapping, found 1"),
        ],
    )
    def test_statuses(self, status: object, message: str) -> None:
        assert said(only_problem(json.dumps({**pod(), "status": status}))).startswith(message)

    def test_every_defect_is_a_problem(self) -> None:
        text = with_lines("""
            kind: Pod
            metadata: {}
            spec:
              restartPolicy: Maybe
              containers:
              - image: x
              - name: a
              - name: a
            """)
        assert [line_of(p) for p in read_text(text).problems] == [2, 4, 6, 8]


class TestPaths:
    def test_directories(self, tmp_path: Path) -> None:
        (tmp_path / "b" / ".git").mkdir(parents=True)
        for name in ("b/z.yaml", "a.yml", "c.json", "b/.git/x.yaml", ".hidden.yaml", "notes.txt"):
            (tmp_path / name).write_text(POD.replace("name: p", f"name: {Path(name).stem}"))
        (tmp_path / "service.yaml").write_text(SERVICE)
        reading = read([str(tmp_path)])
        assert [d.name for d in reading.documents] == ["a", "z", "c"]
        assert reading.documents[1].location.file == str(tmp_path / "b" / "z.yaml")
        assert [i.kind for i in reading.ignored] == ["Service"]
        assert not reading.problems

    def test_directories_without_pods(self, tmp_path: Path) -> None:
        assert "found nothing" in said(read([str(tmp_path)]).problems[0])
        (tmp_path / "service.yaml").write_text(SERVICE)
        (problem,) = read([str(tmp_path)]).problems
        assert problem.location == Location(str(tmp_path / "service.yaml"), 1, 1)
        assert said(problem).startswith(f"no Pod in {tmp_path}: found Service; ")

    def test_every_path_has_to_hold_a_pod(self, tmp_path: Path) -> None:
        good, other = tmp_path / "good.txt", tmp_path / "other.yaml"
        good.write_text(POD)
        other.write_text(SERVICE + "---\n" + SERVICE.replace("Service", "Secret"))
        reading = read([str(good), str(other), str(tmp_path / "none")])
        assert len(reading.documents) == 1
        assert [said(p).split(":")[0] for p in reading.problems] == [f"no Pod in {other}", "cannot be read"]
        assert "found Service, Secret; " in said(reading.problems[0])

    def test_nothing_to_read(self) -> None:
        assert read([]) == Reading((), (), ())

    def test_process_standard_input(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(POD.encode())))
        assert read(["-"]).documents[0].name == "p"


class TestRealManifests:
    def test_all_of_them(self) -> None:
        reading = read([str(MANIFESTS)])
        assert not reading.problems
        titles = [f"{Path(d.location.file).stem} {d.title}:{d.location.line}" for d in reading.documents]
        assert titles == [
            "daemonset DaemonSet/d:6",
            "deploy-quota-stuck Deployment/d:14",
            "ephemeral-container Pod/p:6",
            "evict-pdb-blocked Pod/p:16",
            "helm-output Deployment/shop:24",
            "helm-output Pod/shop-smoke-:41",
            "job-podfailurepolicy Job/j:6",
            "job-suspend Job/j:6",
            "liveness-probe-grace Pod/p:6",
            "many-containers Pod/p:6",
            "preemption Pod/low:12",
            "pvc-late Pod/p:18",
            "restart-rules-crash Pod/p:6",
            "sidecar-between-inits Pod/p:6",
            "statefulset-update StatefulSet/s:6",
        ]
        assert [i.kind for i in reading.ignored] == [
            *("ResourceQuota", "PodDisruptionBudget", "ConfigMap", "ServiceMonitor"),
            *("PriorityClass", "PersistentVolumeClaim"),
        ]

    def test_values_are_those_that_yaml_has(self) -> None:
        for file in sorted(MANIFESTS.glob("*.yaml")):
            plain = [value for value in yaml.safe_load_all(file.read_text()) if value is not None]
            found = documents.documents(file.read_bytes(), str(file))
            assert [d.value for d in found if isinstance(d, documents.Document)] == plain

    def test_details(self) -> None:
        by_file = {Path(d.location.file).stem: d for d in read([str(MANIFESTS)]).documents}
        crash = by_file["restart-rules-crash"]
        assert crash.pod["spec"]["containers"][0]["restartPolicy"] == "OnFailure"
        assert len(by_file["many-containers"].pod["spec"]["containers"]) == 6
        inits = by_file["sidecar-between-inits"].pod["spec"]["initContainers"]
        assert [c["name"] for c in inits] == ["i1", "side", "i2"]
        grace = by_file["liveness-probe-grace"]
        assert grace.pod["spec"]["containers"][0]["livenessProbe"]["terminationGracePeriodSeconds"] == 2
        assert by_file["job-podfailurepolicy"].pod["metadata"] == {}

    def test_comments_only(self) -> None:
        (problem,) = read([str(MANIFESTS / "static-pod.yaml")]).problems
        assert "found nothing" in said(problem)

    def test_examples(self) -> None:
        reading = read([str(EXAMPLES)])
        assert not reading.problems
        assert [(d.kind, d.live, d.pod["spec"].get("restartPolicy")) for d in reading.documents] == [
            ("CronJob", False, "OnFailure"),
            ("Pod", True, "Always"),
            ("StatefulSet", False, None),
            ("Job", False, "Never"),
            ("Pod", False, "Never"),
            ("Deployment", False, None),
        ]
        live = reading.documents[1]
        (status,) = live.pod["status"]["containerStatuses"]
        assert status["state"]["waiting"]["reason"] == "CrashLoopBackOff"


def check_reading(data: bytes) -> None:
    """Whatever the input, it is read without raising, to something, and every problem is one plain line."""
    reading = read_text(data)
    assert reading == read_text(data)
    assert reading.documents or reading.problems
    for problem in reading.problems:
        assert str(problem).isprintable()
        assert 1 <= line_of(problem) <= len(data.decode(errors="replace").splitlines()) + 2
        assert "; " in said(problem)
    for document in reading.documents:
        assert document.title.isprintable()
        assert document.pod["spec"]["containers"]
        assert document.location_of("spec").order >= document.location.order


FUZZ = settings(derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
SEEDS = [POD, (EXAMPLES / "database-statefulset.yaml").read_text(), (MANIFESTS / "helm-output.yaml").read_text()]
SEEDS += [json.dumps(pod(), indent=1), "\n".join([json.dumps(pod())] * 3)]
PIECES = [
    "\n",
    " ",
    "\t",
    "---\n",
    "{",
    "}",
    "[",
    "]",
    ":",
    ": ",
    "- ",
    "&a ",
    "*a",
    "<<: ",
    "!!",
    "'",
    '"',
    "#",
    "\\u",
    "|",
]
PIECES += ["? ", "%", "\x07", "\u2028", "\ufeff", "é", "null", "1e999", "kind: Pod\n", "name: main\n", ",", "\r", "..."]
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


def change(draw: Callable[..., Any], text: str) -> str:
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.sampled_from([0, 0, 1, 5, 40])))
        text = text[:start] + draw(st.sampled_from(PIECES) | st.just("")) + text[end:]
    return text


def paths_of(value: object, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, each in inner for found in paths_of(each, (*path, key)))]


class TestFuzz:
    @FUZZ
    @given(st.binary(max_size=200))
    def test_bytes(self, data: bytes) -> None:
        check_reading(data)

    @FUZZ
    @given(st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=30).map("".join))
    def test_pieces_of_syntax(self, text: str) -> None:
        check_reading(text.encode(errors="replace"))

    @FUZZ
    @given(st.data(), st.sampled_from(SEEDS))
    def test_changed_text(self, data: st.DataObject, seed: str) -> None:
        check_reading(change(data.draw, seed).encode(errors="replace"))

    @FUZZ
    @given(st.data(), st.sampled_from(["Pod", "Deployment", "CronJob", "List", "PodList", "Service"]), JSON)
    def test_changed_values(self, data: st.DataObject, kind: str, replacement: object) -> None:
        live = json.loads((EXAMPLES / "crash-looping-pod.json").read_text())
        value: Any = live if kind == "Pod" else {**workload(kind, "v1"), "items": [live, pod()]}
        path = data.draw(st.sampled_from(paths_of(value)))
        if path:
            holder = value
            for step in path[:-1]:
                holder = holder[step]
            holder[path[-1]] = replacement
        check_reading(json.dumps(value, indent=data.draw(st.sampled_from([None, 2, "\t"]))).encode())
        check_reading(yaml.safe_dump(value, allow_unicode=True).encode(errors="replace"))

    @FUZZ
    @given(JSON)
    def test_json_and_yaml_agree(self, value: object) -> None:
        found = list(documents.documents(json.dumps([value]).encode(), "x"))
        if isinstance(found[0], Finding):
            assert "64 bits" in said(found[0])
        else:
            assert json.loads(json.dumps(found[0].value)) == json.loads(json.dumps([value]))
