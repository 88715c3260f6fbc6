"""Kubernetes manifests and live objects to Pods: what `podproof explain` reads.

Every Pod, and the Pod template of every workload, becomes a `PodDocument`; what cannot be one becomes a `Finding` that
says where it is and what to do; well-formed objects of other kinds, such as Services, are counted as `Ignored`.

Checked is what the Pod model builds on, as the API server checks it: the shape of metadata, spec, containers, probes
and status, the names of containers, restartPolicy and which workloads allow which. Not checked: whether names are DNS
names, images, resources, volumes, selectors, fields unknown to Kubernetes, podFailurePolicy. A Pod without apiVersion
is read; a Pod kind of a foreign API group (a Volcano Job) is ignored.
"""

import json
import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from textwrap import shorten
from typing import Any, BinaryIO, NamedTuple, TypeAlias

from podproof.findings.finding import Finding, Location, Rule
from podproof.kubernetes.objects.documents import MAX_BYTES, Place, Places, Step, documents, quoted
from podproof.kubernetes.objects.rules import (
    INVALID_FIELD,
    NO_OBJECT,
    NO_POD,
    TOO_LARGE,
    UNREADABLE_FILE,
    problem,
)
from podproof.wording.printable import on_one_line

MAX_PROBLEMS = 100  # reported for one file; the rest of it is not read
SUFFIXES = (".yaml", ".yml", ".json")  # of the files that are read in a directory


class _Kind(NamedTuple):
    """Where a kind keeps its Pod, and which restart policies the API server accepts there."""

    groups: tuple[str, ...]
    template: tuple[str, ...]
    policies: tuple[str, ...]


Path: TypeAlias = tuple[Step, ...]  # from the outer object

_POLICIES = ("Always", "OnFailure", "Never")
_SPEC_TEMPLATE = ("spec", "template")
_KINDS: Mapping[str, _Kind] = {
    "Pod": _Kind(("",), (), _POLICIES),
    "PodTemplate": _Kind(("",), ("template",), _POLICIES),
    "ReplicationController": _Kind(("",), _SPEC_TEMPLATE, ("Always",)),
    "ReplicaSet": _Kind(("apps", "extensions"), _SPEC_TEMPLATE, ("Always",)),
    "Deployment": _Kind(("apps", "extensions"), _SPEC_TEMPLATE, ("Always",)),
    "StatefulSet": _Kind(("apps",), _SPEC_TEMPLATE, ("Always",)),
    "DaemonSet": _Kind(("apps", "extensions"), _SPEC_TEMPLATE, ("Always",)),
    "Job": _Kind(("batch",), _SPEC_TEMPLATE, ("OnFailure", "Never")),
    "CronJob": _Kind(("batch",), ("spec", "jobTemplate", *_SPEC_TEMPLATE), ("OnFailure", "Never")),
}

_CONTAINER_LISTS = ("initContainers", "containers", "ephemeralContainers")
_PROBES = ("startupProbe", "livenessProbe", "readinessProbe")
_STATUS_LISTS = ("conditions", "initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses")
_METADATA = {"name": str, "generateName": str, "namespace": str, "labels": dict, "annotations": dict}
_SPEC = {"restartPolicy": str, "terminationGracePeriodSeconds": int, "activeDeadlineSeconds": int}
_SPEC |= dict.fromkeys(_CONTAINER_LISTS, list)
_CONTAINER = {"name": str, "image": str, "restartPolicy": str, "restartPolicyRules": list, "lifecycle": dict}
_CONTAINER |= dict.fromkeys(_PROBES, dict)
_PROBE = dict.fromkeys(("initialDelaySeconds", "periodSeconds", "timeoutSeconds"), int)
_PROBE |= dict.fromkeys(("successThreshold", "failureThreshold", "terminationGracePeriodSeconds"), int)
_STATUS = {"phase": str, "reason": str, **dict.fromkeys(_STATUS_LISTS, list)}
_WANTED = {
    dict: ("a mapping", "write 'key: value' lines under it"),
    list: ("a list", "start each item with a dash"),
    str: ("text", "write text, in quotes if it looks like something else"),
    int: ("a whole number", "write it without quotes and units"),
}


@dataclass(frozen=True)
class PodDocument:
    """A Pod, or the Pod template of a workload.

    `kind`, `name` (or generateName) and `namespace` ("" if not given) are those of the outer object. `pod` holds
    "metadata", "spec" and "status" of the Pod as plain values, {} for what is absent; `outer` is the object as written,
    with the Pod under `template` in it. YAML aliases share their value: do not change it.
    """

    kind: str
    name: str
    namespace: str
    pod: Mapping[str, Any]
    location: Location
    places: Places = field(repr=False, compare=False)
    outer: Mapping[str, Any] = field(repr=False, compare=False)
    outer_places: Places = field(repr=False, compare=False)

    @property
    def template(self) -> Path:
        """Where the outer object keeps the Pod: () for a Pod itself."""
        return _KINDS[self.kind].template

    @property
    def title(self) -> str:
        return f"{self.kind}/{self.name}"

    @property
    def live(self) -> bool:
        """Whether a cluster has written a phase into it."""
        return bool(self.pod["status"].get("phase"))

    def location_of(self, *path: Step) -> Location:
        """Where a value in `pod` is, such as ("spec", "containers", 0), or its nearest ancestor that exists."""
        return self._location(self.places.at(*path).place)

    def outer_location_of(self, *path: Step) -> Location:
        """The same for a value in `outer`."""
        return self._location(self.outer_places.at(*path).place)

    def _location(self, place: Place) -> Location:
        return Location(self.location.file, *place)


@dataclass(frozen=True)
class Ignored:
    """A well-formed object that carries no Pod. `name` is "" if it has none."""

    location: Location
    kind: str
    name: str


@dataclass(frozen=True)
class Reading:
    """All that was found, in the order of the paths and of the documents in them."""

    documents: tuple[PodDocument, ...]
    problems: tuple[Finding, ...]
    ignored: tuple[Ignored, ...]


def read(paths: Iterable[str], stdin: BinaryIO | None = None) -> Reading:
    """Reads files, directories (their *.yaml, *.yml and *.json, sorted, without hidden ones) and `-` for `stdin`.

    Raises nothing for bad input: every defect is one `Finding`. A path under which there is neither a Pod nor another
    problem is a problem; so a directory may hold files with other kinds only, next to one with a Pod.
    """
    found = _Found([], [], [])
    for path in paths:
        pods, problems, others = len(found.documents), len(found.problems), len(found.ignored)
        if path != "-" and os.path.isdir(path):
            _read_directory(path, found)
        else:
            _read_file(path, stdin, found)
        if (len(found.documents), len(found.problems)) == (pods, problems):
            found.problems.append(_no_pod(path, found.ignored[others:]))
    return Reading(tuple(found.documents), tuple(found.problems), tuple(found.ignored))


class _Found(NamedTuple):
    documents: list[PodDocument]
    problems: list[Finding]
    ignored: list[Ignored]


def _read_directory(directory: str, found: _Found) -> None:
    errors: list[OSError] = []
    files: list[str] = []
    for folder, subfolders, names in os.walk(directory, onerror=errors.append):
        subfolders[:] = [name for name in subfolders if not name.startswith(".")]
        files += [os.path.join(folder, name) for name in names if name.endswith(SUFFIXES) and name[0] != "."]
    found.problems.extend(_unreadable(str(error.filename), error) for error in errors)
    for file in sorted(files):
        _read_file(file, None, found)


def _read_file(path: str, stdin: BinaryIO | None, found: _Found) -> None:
    try:
        data = _bytes_of(path, stdin)
    except (OSError, ValueError) as error:
        found.problems.append(_unreadable(path, error))
        return
    if not data:
        found.problems.append(
            problem(UNREADABLE_FILE, Location(path, 1), "empty", "write a manifest into it or leave it out")
        )
    limit = len(found.problems) + MAX_PROBLEMS
    for document in documents(data, path):
        if isinstance(document, Finding):
            found.problems.append(document)
        else:
            _read_object(document.value, _Check(path, document.places, found.problems), {}, found)
        if len(found.problems) > limit:
            place = found.problems[limit].location or Location(path)
            message = f"more than {MAX_PROBLEMS} problems in this file"
            remedy = "correct those above, the rest is not read"
            found.problems[limit:] = [problem(TOO_LARGE, place, message, remedy)]
            break


def _bytes_of(path: str, stdin: BinaryIO | None) -> bytes:
    """At most one byte more than is allowed: enough to notice."""
    if path == "-":
        return (sys.stdin.buffer if stdin is None else stdin).read(MAX_BYTES + 1)
    with open(path, "rb") as file:
        return file.read(MAX_BYTES + 1)


def _unreadable(path: str, error: OSError | ValueError) -> Finding:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    said = f"cannot be read: {reason}"
    return problem(UNREADABLE_FILE, Location(path, 1), said, "check the path and its permissions")


def _no_pod(path: str, ignored: list[Ignored]) -> Finding:
    found = shorten(", ".join(dict.fromkeys(each.kind for each in ignored)), 80, placeholder=" and others") or "nothing"
    shown = "<stdin>" if path == "-" else on_one_line(path)
    place = ignored[0].location if ignored else Location(path, 1)
    remedy = "give a Pod or a workload, such as a Deployment or a Job"
    return problem(NO_POD, place, f"no Pod in {shown}: found {found}", remedy)


class _Check(NamedTuple):
    """Complains about values of one object. `places` are those of the object, `problems` collects."""

    file: str
    places: Places
    problems: list[Finding]

    def fail(self, path: Path, message: str, remedy: str, rule: Rule = INVALID_FIELD) -> None:
        where = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)[1:]
        self.problems.append(problem(rule, self.location(path), message, remedy, where))

    def location(self, path: Path) -> Location:
        return Location(self.file, *self.places.at(*path).place)

    def is_a(self, path: Path, value: object, wanted: type) -> bool:
        right = isinstance(value, wanted) and not isinstance(value, bool)
        if not right:
            name, advice = _WANTED[wanted]
            self.fail(path, f"must be {name}, found {_found(value)}", advice)
        elif isinstance(value, str) and not value.isprintable():
            self.fail(path, f"must be text on one line, found {quoted(value)}", "remove what does not print")
        return right

    def fields(self, path: Path, value: Mapping[str, Any], types: Mapping[str, type]) -> None:
        """Every field of `types` is absent, null or of its type."""
        for key, wanted in types.items():
            if value.get(key) is not None:
                self.is_a((*path, key), value[key], wanted)

    def mapping(self, path: Path, value: object, purpose: str) -> bool:
        """The value is there and is a mapping; `purpose` says why it has to be."""
        if value is None:
            self.fail(path, "is missing", purpose)
        return value is not None and self.is_a(path, value, dict)


def _found(value: object) -> str:
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    return quoted(value) if isinstance(value, str) else json.dumps(value)


def _read_object(value: object, check: _Check, given: Mapping[str, str], found: _Found) -> None:
    """One object, or each item of a list of them. `given`: what a typed list says of its items (kind, apiVersion)."""
    if not isinstance(value, dict):
        check.fail(
            (), f"not a Kubernetes object but {_found(value)}", "write a mapping with apiVersion and kind", NO_OBJECT
        )
        return
    kind = value.get("kind") or given.get("kind")
    version = str(value.get("apiVersion") or given.get("apiVersion") or "")
    if "type" in value and "object" in value and kind is None:
        check.fail((), "a watch event, not an object", "give the object in it, as `jq .object` writes it", NO_OBJECT)
    elif not kind or not isinstance(kind, str):
        check.fail(
            (), "no kind, so not a Kubernetes object", "add apiVersion and kind, or leave the document out", NO_OBJECT
        )
    elif kind == "List" or (kind.endswith("List") and "items" in value):
        _read_items(kind, version, value.get("items"), check, found)
    elif kind in _KINDS and (not version or version.rpartition("/")[0] in _KINDS[kind].groups):
        _read_carrier(kind, value, check, found)
    elif not version:
        check.fail((), f"no apiVersion for kind {quoted(kind)}", "add it", NO_OBJECT)
    else:
        _ignore(kind, value, check, found)


def _read_items(kind: str, version: str, items: object, check: _Check, found: _Found) -> None:
    given = {"kind": kind.removesuffix("List"), "apiVersion": version}
    if items in (None, []):
        _ignore(kind, {}, check, found)
    elif check.is_a(("items",), items, list):
        for index, item in enumerate(_list(items)):
            _read_object(item, check._replace(places=check.places.at("items", index)), given, found)


def _ignore(kind: str, value: Mapping[str, Any], check: _Check, found: _Found) -> None:
    name = _mapping(value.get("metadata")).get("name") or ""
    found.ignored.append(Ignored(check.location(()), on_one_line(kind), on_one_line(str(name))))


def _read_carrier(kind: str, value: Mapping[str, Any], check: _Check, found: _Found) -> None:
    before = len(check.problems)
    path = _KINDS[kind].template
    _check_metadata(check, value.get("metadata"))
    template: Any = value
    for length, step in enumerate(path, start=1):
        template = template.get(step)
        if not check.mapping(path[:length], template, f"a {kind} holds its Pod template in {'.'.join(path)}"):
            return
    _check_pod(check, path, template, kind)
    if len(check.problems) > before:
        return
    pod = {part: template.get(part) or {} for part in ("metadata", "spec", "status")}
    name = value["metadata"].get("name") or value["metadata"]["generateName"]
    namespace, location = value["metadata"].get("namespace") or "", check.location(())
    places = check.places.at(*path)
    found.documents.append(PodDocument(kind, name, namespace, pod, location, places, value, check.places))


def _check_metadata(check: _Check, metadata: object) -> None:
    if not check.mapping(("metadata",), metadata, "add it with a name"):
        return
    check.fields(("metadata",), _mapping(metadata), _METADATA)
    if all(_mapping(metadata).get(key) in (None, "") for key in ("name", "generateName")):
        check.fail(("metadata", "name"), "is missing", "give the object a name or a generateName")


def _check_pod(check: _Check, path: Path, pod: Mapping[str, Any], kind: str) -> None:
    if path:  # that of a Pod itself is the outer one
        check.fields(path, pod, {"metadata": dict})
        check.fields((*path, "metadata"), _mapping(pod.get("metadata")), _METADATA)
    check.fields(path, pod, {"status": dict})
    status = _mapping(pod.get("status"))
    check.fields((*path, "status"), status, _STATUS)
    for key in _STATUS_LISTS:
        for index, item in enumerate(_list(status.get(key))):
            check.is_a((*path, "status", key, index), item, dict)
    if check.mapping((*path, "spec"), pod.get("spec"), "add it with at least one container"):
        _check_spec(check, (*path, "spec"), pod["spec"], kind)


def _check_spec(check: _Check, path: Path, spec: Mapping[str, Any], kind: str) -> None:
    check.fields(path, spec, _SPEC)
    _check_policy(check, path, spec.get("restartPolicy"), _KINDS[kind].policies, f"a {kind}")
    if spec.get("containers") in (None, []):
        check.fail((*path, "containers"), "is empty", "a Pod needs at least one container")
    names: dict[str, int] = {}
    for key in _CONTAINER_LISTS:
        for index, container in enumerate(_list(spec.get(key))):
            if check.is_a((*path, key, index), container, dict):
                _check_container(check, (*path, key, index), container, names)


def _check_container(check: _Check, path: Path, container: Mapping[str, Any], names: dict[str, int]) -> None:
    """`names`: the line of every name so far. Init, regular and ephemeral containers share one space of names."""
    check.fields(path, container, _CONTAINER)
    _check_policy(check, path, container.get("restartPolicy"), _POLICIES, "a container")
    for key in _PROBES:
        check.fields((*path, key), _mapping(container.get(key)), _PROBE)
    name = container.get("name")
    if name in (None, ""):
        check.fail((*path, "name"), "is missing", "every container needs a name")
    elif isinstance(name, str) and name in names:
        check.fail((*path, "name"), f"{quoted(name)} is the name of the container on line {names[name]}", "rename one")
    elif isinstance(name, str):
        names[name] = check.places.at(*path, "name").place.line


def _check_policy(check: _Check, path: Path, policy: object, allowed: tuple[str, ...], owner: str) -> None:
    """Kubernetes takes Always where nothing is written, also in a Job, which does not allow it."""
    policy = "Always" if policy in (None, "") else policy
    if isinstance(policy, str) and policy not in allowed:
        message = f"is {quoted(policy)}, but {owner} takes {' or '.join(allowed)} only"
        check.fail((*path, "restartPolicy"), message, "write that")


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
