"""What is installed for the commands, the tests and the linters is locked, and the locks are complete: for every Python
that podproof is for, on the platforms where it is developed, and for every interpreter that is found here.

Nothing is installed and nobody is asked: the locks are compared with what pyproject.toml declares, and with what the
installed releases of the same version say that they need.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.metadata import distributions
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from tests.support.places import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
GROUPS = PROJECT["dependency-groups"]
SUPPORTED = SpecifierSet(PROJECT["project"]["requires-python"])
LOCKS = {"build": ("build",), "core": ("core",), "dev": ("build", "core", "dev"), "site": ("core", "dev", "site")}
"""The locks, and what each of them is for."""

DECLARED: Mapping[str, Sequence[str]] = {
    "build": PROJECT["build-system"]["requires"],
    "core": PROJECT["project"]["dependencies"],
    "dev": GROUPS["dev"] + PROJECT["project"]["optional-dependencies"]["certify"],
    "site": GROUPS["site"],
}

ENTRY = r"""(?P<pin>[a-z0-9-]+==[a-z0-9.+!-]+(?: ; [^;\\/]+)?) \\
(?P<hashes>(?:    --hash=sha256:[0-9a-f]{64} \\
)*    --hash=sha256:[0-9a-f]{64}
)"""
COMMENT = r"#[^:/]*(?::|make lock)?\n"
LOCK = re.compile(rf"(?:{COMMENT})*(?:{ENTRY.replace('(?P<pin>', '(?:').replace('(?P<hashes>', '(?:')})+")
"""All that a lock may have in it: no options, so no index, and no address of any kind."""

Environment = Mapping[str, str]

ABOUT_ITSELF = """import json, os, platform, sys
print(json.dumps({
    "implementation_name": sys.implementation.name,
    "implementation_version": platform.python_version(),
    "os_name": os.name,
    "platform_machine": platform.machine(),
    "platform_python_implementation": platform.python_implementation(),
    "platform_release": platform.release(),
    "platform_system": platform.system(),
    "platform_version": platform.version(),
    "python_full_version": platform.python_version(),
    "python_version": ".".join(platform.python_version_tuple()[:2]),
    "sys_platform": sys.platform,
}))"""


def text_of(lock: str) -> str:
    return (ROOT / "locks" / f"{lock}.txt").read_text(encoding="utf-8")


def entries(text: str) -> list[tuple[str, str]]:
    """Every pin, with its marker, and its hashes."""
    return [(found["pin"], found["hashes"]) for found in re.finditer(ENTRY, text)]


Needs = Mapping[tuple[str, str], Sequence[Requirement]]


@cache
def installed() -> Needs:
    """What the installed releases need, by name and version."""
    return {
        (canonicalize_name(each.metadata["Name"]), each.version): [Requirement(line) for line in each.requires or ()]
        for each in distributions()
    }


def environments() -> Iterator[tuple[str, Environment]]:
    """The first release of each Python on each platform, and the interpreters of this machine as they are."""
    here = {name: str(value) for name, value in default_environment().items()}
    for python in ("3.11", "3.12", "3.13"):
        for system, platform, machine in [
            ("Linux", "linux", "x86_64"),
            ("Linux", "linux", "aarch64"),
            ("Darwin", "darwin", "arm64"),
        ]:
            yield (
                f"{python} {platform} {machine}",
                {
                    **here,
                    "python_version": python,
                    "python_full_version": f"{python}.0",
                    "implementation_version": f"{python}.0",
                    "platform_system": system,
                    "sys_platform": platform,
                    "platform_machine": machine,
                },
            )
    yield from ((interpreter, json.loads(said)) for interpreter, said in interpreters())


def interpreters() -> Iterator[tuple[str, str]]:
    """Every Python found here that podproof is for, this one first, with what it says about itself."""
    paths = [path for minor in range(11, 30) if (path := shutil.which(f"python3.{minor}"))]
    paths += map(str, sorted(Path.home().glob(".pyenv/versions/3.*/bin/python3")))
    for path in dict.fromkeys([sys.executable, *paths]):
        done = subprocess.run([path, "-c", ABOUT_ITSELF], capture_output=True, text=True, check=False)
        # A shim of a version manager fails where that version is not chosen.
        if done.returncode == 0 and json.loads(done.stdout)["python_full_version"] in SUPPORTED:
            yield path, done.stdout


ENVIRONMENTS = dict(environments())


def problems(text: str, declared: Sequence[str], environment: Environment, needs: Needs | None = None) -> Iterator[str]:
    """Why what is declared, and all that this needs in turn, cannot be installed there from the lock alone."""
    if not LOCK.fullmatch(text):
        yield "there is something in it that is neither a pin nor a hash"
    pins: dict[str, str] = {}
    for pin, _ in entries(text):
        requirement = Requirement(pin)
        if requirement.marker is None or requirement.marker.evaluate(dict(environment)):
            if requirement.name in pins:
                yield f"{requirement.name} is pinned twice"
            pins[requirement.name] = str(requirement.specifier).removeprefix("==")
    needs = installed() if needs is None else needs
    todo, seen = [Requirement(each) for each in declared], set()
    while todo:
        wanted = todo.pop()
        extras = wanted.extras or {""}
        if wanted.marker and not any(wanted.marker.evaluate({**environment, "extra": extra}) for extra in extras):
            continue
        name = canonicalize_name(wanted.name)
        if name not in pins:
            yield f"{wanted} is not pinned"
        elif not wanted.specifier.contains(pins[name], prereleases=True):
            yield f"{wanted} is pinned to {pins[name]}"
        elif (name, *sorted(wanted.extras)) not in seen:
            seen.add((name, *sorted(wanted.extras)))
            for need in needs.get((name, pins[name]), ()):
                if need.marker is None or any(
                    need.marker.evaluate({**environment, "extra": extra}) for extra in ("", *wanted.extras)
                ):
                    todo.append(Requirement(str(need).split(";")[0]))


def declared_for(lock: str) -> list[str]:
    return [each for part in LOCKS[lock] for each in DECLARED[part]]


@pytest.mark.parametrize("environment", ENVIRONMENTS)
@pytest.mark.parametrize("lock", LOCKS)
def test_everything_declared_is_locked(lock: str, environment: str) -> None:
    assert list(problems(text_of(lock), declared_for(lock), ENVIRONMENTS[environment])) == []


def without(name: str, text: str) -> str:
    return re.sub(rf"^{name}==.*\n(?:    .*\n)+", "", text, flags=re.MULTILINE)


SPOILED = {
    "an index": "--index-url https://example.org/simple\n",
    "a folder": "--find-links /opt/wheels\n",
    "a file": "click @ file:///tmp/click.whl\n",
    "a comment with an address": "# from https://example.org/simple\n",
    "no hash": "click==8.5.1\n",
    "no version": f"click \\\n    --hash=sha256:{'0' * 64}\n",
}


@pytest.mark.parametrize("line", SPOILED.values(), ids=SPOILED)
def test_an_address_or_a_missing_hash_is_noticed(line: str) -> None:
    here = ENVIRONMENTS[sys.executable]
    for text in (line + text_of("core"), text_of("core") + line):
        assert "there is something in it that is neither a pin nor a hash" in list(
            problems(text, declared_for("core"), here)
        )


@pytest.mark.parametrize("lock", LOCKS)
def test_whatever_is_left_out_of_a_lock_is_noticed(lock: str) -> None:
    """Each pin of what is declared, one after another."""
    text, here = text_of(lock), ENVIRONMENTS[sys.executable]
    needed = {canonicalize_name(Requirement(each).name) for each in declared_for(lock)}
    for name in needed:
        left = without(name, text)
        assert left != text
        assert any(f"{name}" in canonicalize_name(each) for each in problems(left, declared_for(lock), here)), name


PIN = """{} \\
    --hash=sha256:0000000000000000000000000000000000000000000000000000000000000000
"""


@pytest.mark.parametrize(
    ("pins", "wanted", "found"),
    [
        (["a==1"], "a", []),
        (["a==1"], "a>=2", ["a>=2 is pinned to 1"]),
        (["a==1", "a==2"], "a", ["a is pinned twice"]),
        (["a==1 ; python_version < '3.12'", "a==2 ; python_version >= '3.12'"], "a", []),
        (["a==1 ; sys_platform == 'cygwin'"], "a", ["a is not pinned"]),
        (["a==1"], "b ; sys_platform == 'cygwin'", []),
        (["a==1", "a-b==1"], "A_b", ["c[x] is not pinned"]),
        (["a==1", "a-b==1", "c==3"], "a.b", ["d>1 is not pinned"]),
        (["a==1", "a-b==1", "c==3", "d==4"], "a.b", []),
    ],
)
def test_what_is_wrong_with_a_lock_is_noticed(pins: list[str], wanted: str, found: list[str]) -> None:
    text = "".join(map(PIN.format, pins))
    needs = {
        ("a-b", "1"): [Requirement("c[x]"), Requirement("e; extra == 'y'")],
        ("c", "3"): [Requirement("d>1; extra == 'x'"), Requirement("e; extra == 'y'")],
        ("d", "4"): [Requirement("a_b")],
    }
    here = ENVIRONMENTS[sys.executable]
    assert list(problems(text, [wanted], here, needs)) == found


def test_there_is_one_resolution_and_the_locks_are_parts_of_it() -> None:
    """Markers may be shorter in the whole, where a package is needed for more than one reason."""

    def unmarked(lock: str) -> set[tuple[str, str]]:
        return {(pin.split(" ;")[0], hashes) for pin, hashes in entries(text_of(lock))}

    for lock in LOCKS:
        assert unmarked(lock) and unmarked(lock) <= unmarked("site"), lock


def test_only_what_is_locked_is_installed() -> None:
    """By the commands as make would run them in a fresh clone."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    commands = ["make", "--dry-run", "--always-make", "check", "test", "docs", "site"]
    shown = subprocess.run(commands, cwd=ROOT, capture_output=True, text=True, check=True, env=environment).stdout
    installs = [line for line in shown.splitlines() if "pip" in line]
    assert len(installs) >= 4
    for line in installs:
        itself = line.endswith("--no-deps --no-build-isolation --editable .")
        assert itself or re.search(r" --require-hashes --no-deps( -r locks/\w+\.txt)+$", line), line
