"""Colours and width: as the terminal has them, and as its user wants them."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios

import pytest
from click.testing import CliRunner
from podproof.cli import podproof
from podproof.cli.terminal import columns
from podproof.wording.wrapping import LEAST, WIDTH, width, within, wrapped

from tests.support.places import ROOT

CLAIM = """from podproof.api import POD, Always, Claim, Verdict
from podproof.kubernetes.vocabulary.assumptions import no_podgc
from podproof.kubernetes.vocabulary.spec import regular
from podproof.kubernetes.vocabulary.states import Phase, Run, api_phase, run
SAID = "The phase is one of four, in whatever way the Pod is begun, disturbed, deleted or brought to an end by others."
one = Claim("one-of-four", SAID, Always(api_phase.is_(*Phase)), POD, given=(no_podgc,), expected=Verdict.FALSE)
two = Claim("two-of-four", SAID, Always(api_phase.is_(*Phase)), POD, given=(no_podgc,))
"""


def told(*arguments: str, env: dict[str, str] | None = None, color: bool = False) -> str:
    variables = {"COLUMNS": None, "NO_COLOR": None, "TERM": "xterm", **(env or {})}
    result = CliRunner().invoke(podproof, list(arguments), env=variables, color=color)
    assert result.exit_code in (0, 1) and result.stderr == ""
    return result.stdout


@pytest.fixture(scope="module")
def claims(tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("mine") / "claims.py"
    file.write_text(CLAIM)
    return str(file)


@pytest.mark.parametrize("narrow", [52])
@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "--list"],
        ["lint", "--list"],
        ["diagram"],
        ["verify", "examples/web_order.py:order"],
        ["check", "-j", "1", "--claims"],
    ],
    ids=" ".join,
)
def test_text_is_as_wide_as_the_terminal(
    arguments: list[str], narrow: int, claims: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    whole = [*arguments, claims] if arguments[-1] == "--claims" else arguments
    shown = told(*whole, env={"COLUMNS": str(narrow)}).splitlines()
    assert max(map(len, shown[1:] if arguments[0] == "verify" else shown)) <= narrow  # its title is one line
    assert width() == WIDTH


def test_explain_is_as_wide_as_the_terminal() -> None:
    file = str(ROOT / "examples" / "manifests" / "web-deployment.yaml")
    shown = told("explain", file, env={"COLUMNS": "60"})
    first, *others = shown.splitlines()
    assert max(map(len, others)) <= 60 and file in first


def test_elsewhere_a_sentence_is_one_line_and_an_assumption_is_told_once(claims: str) -> None:
    shown = told("check", "-j", "1", "--claims", claims)
    assert any(line.endswith("or brought to an end by others.") for line in shown.splitlines())
    assert any(line.startswith("TRUE    one-of-four                      proved") for line in shown.splitlines())
    assert shown.count("given: no-podgc") == 2
    assert shown.count("no-podgc: The Pod garbage collector leaves the Pod alone: its Node object exists.") == 1


@pytest.mark.parametrize(
    ("said", "found"), [("60", 60), ("0", None), ("", None), ("-5", None), ("wide", None), ("9" * 5000, None)]
)
def test_columns(said: str, found: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", said)
    assert columns() == found


def test_within() -> None:
    widths = []
    for asked in (60, 5, 500, None):
        with within(asked):
            widths.append(width())
            assert max(map(len, wrapped("so many words " * 40, "  ", "    "))) <= width()
    assert widths == [60, LEAST, WIDTH, WIDTH]


@pytest.mark.parametrize(
    ("env", "coloured"),
    [
        ({}, True),
        ({"NO_COLOR": ""}, True),
        ({"NO_COLOR": "1"}, False),
        ({"NO_COLOR": "0"}, False),
        ({"TERM": "dumb"}, False),
    ],
)
def test_colours(env: dict[str, str], coloured: bool, claims: str) -> None:
    shown = told("lint", "--claims", claims, "--select", "trivial-claim", "--elements", "0", env=env, color=True)
    assert ("\033[" in shown) is coloured


def test_in_a_terminal(claims: str) -> None:
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 60, 0, 0))
    kept = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "NO_COLOR")}
    env = {**kept, "TERM": "xterm"}
    command = [sys.executable, "-c", "from podproof.cli import main; main()", "check", "--claims", claims, "-j", "1"]
    subprocess.run(command, stdout=theirs, stderr=subprocess.DEVNULL, env=env, check=False)
    os.close(theirs)
    shown = b""
    try:
        while piece := os.read(ours, 65536):
            shown += piece
    except OSError:  # Linux says that there is nothing more in this way
        pass
    lines = shown.decode().splitlines()
    assert any("\033[" in line for line in lines)
    assert "        The phase is one of four, in whatever way the Pod is" in lines
