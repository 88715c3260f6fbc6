"""podproof verify on the command line: exit codes, one-line errors, JSON, and tests that cover every transition."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from podproof.api import Rehearsal, load, verify
from podproof.cli import main

from tests.support.schemas import expect_valid

MACHINES = """
from enum import Enum

from podproof.api import Never, Passes, at
from transitions import Machine, State
from transitions.extensions import HierarchicalMachine

print("this is said by the module")


class Phase(Enum):
    DRAFT = "d"
    SENT = "s"
    READ = "r"


def never(*_):
    raise AssertionError("run")


letter = Machine(
    states=Phase,
    initial=Phase.DRAFT,
    transitions=[
        {"trigger": "send", "source": Phase.DRAFT, "dest": Phase.SENT, "conditions": [never, "stamped"]},
        {"trigger": "send", "source": Phase.DRAFT, "dest": None, "before": never},
        {"trigger": "read", "source": Phase.SENT, "dest": Phase.READ, "unless": lambda: 1 / 0},
        {"trigger": "again", "source": "*", "dest": Phase.DRAFT, "prepare": never},
    ],
)
letter_claims = {"A letter is read only after it was sent.": Passes(at("READ"), at("SENT"))}

device = HierarchicalMachine(
    states=[
        "off",
        {
            "name": "on",
            "parallel": [
                {"name": "motor", "children": ["slow", "fast"], "initial": "slow",
                 "transitions": [["speed", "slow", "fast"], ["speed", "fast", "slow"]]},
                {"name": "lamp", "children": ["dark", "lit"], "initial": "dark",
                 "transitions": [["speed", "dark", "lit", "bright"], ["press", "lit", "dark"]]},
            ],
        },
        "lost",
    ],
    transitions=[["start", "off", "on"], ["stop", "on", "off"], ["find", "lost", "off"]],
    initial="off",
)

line = {"states": ["a", "b"], "initial": "a", "transitions": [["go", "a", "b"]]}
line_claims = [Never(at("b"))]


def factory():
    return line


def failing():
    return {}["key"]


number = 3
"""

LINE = MACHINES.splitlines().index('    return {}["key"]') + 1


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "pytest.ini").write_text("[pytest]\n")  # a project of its own, wherever temporary files lie
    (tmp_path / "machines_of_mine.py").write_text(MACHINES)
    (tmp_path / "raises.py").write_text("x = 1\nraise RuntimeError('not\\ntoday')\n")
    (tmp_path / "leaves.py").write_text("import sys\nsys.exit(0)\n")
    (tmp_path / "ill.py").write_text("x = (\n")
    (tmp_path / "imports.py").write_text("\nimport nowhere_at_all\n")
    (tmp_path / "none.py").write_text("x = 1\n")
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "uses.py").write_text("from beside import made as machine\n")
    (tmp_path / "below" / "beside.py").write_text(
        "from transitions import Machine\nmade = Machine(states=['a'], initial='a', transitions=[['go', 'a', 'a']])\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(sys.modules, "machines_of_mine", raising=False)
    return tmp_path


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["verify", *arguments])
    return int(ended.value.code or 0)


def test_exit_codes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("machines_of_mine.py:letter") == 0
    out, err = capsys.readouterr()
    assert "no findings; 1 claim: 1 TRUE" in out
    assert "A letter is read only after it was sent." in out
    assert "this is said by the module" in err and "this is said" not in out
    assert run("machines_of_mine.py:device") == 1
    assert run("machines_of_mine.py:line") == 1
    assert "FALSE   never (b)" in capsys.readouterr().out
    assert run("machines_of_mine:factory", "--final", "b", "--claims", "line_claims") == 1
    assert run("machines_of_mine.py:device", "--ignore", "unreachable") == 0
    assert run("machines_of_mine.py:device", "--ignore", "unreachable", "--states", "2") == 3
    assert run("machines_of_mine.py:device", "--states", "2", "--seconds", "0.001") == 3
    capsys.readouterr()
    assert run("machines_of_mine.py:letter", "--quiet") == 0
    quiet = capsys.readouterr().out
    assert "TRUE    A letter is read only after it was sent." in quiet
    assert "unless never triggers an event" in quiet and "explored" not in quiet
    assert run("below/uses.py", "--ignore", "idle-event", "--quiet", "--final", "a") == 0
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["raises.py:m"], "raises.py:2: RuntimeError: not today"),
        (["raises:m"], "raises.py:2: RuntimeError: not today"),
        (["leaves.py:m"], "leaves.py:2: SystemExit: 0"),
        (["ill.py:m"], "ill.py:1: not Python"),
        (["ill:m"], "ill.py:1: not Python"),
        (["imports.py:m"], "imports.py:2: ModuleNotFoundError: No module named 'nowhere_at_all'"),
        (["imports:m"], "imports.py:2: ModuleNotFoundError: No module named 'nowhere_at_all'"),
        (["nowhere.py:m"], "nowhere.py:1: no such file"),
        (["nowhere:m"], "nowhere: no such module"),
        (["below.nowhere:m"], "below.nowhere: no such module"),
        (["none.py:m"], "none.py: no m in it"),
        (["none.py"], "none.py: say which machine is meant"),
        (["machines_of_mine.py"], "machines_of_mine.py:NAME; it has letter, device, line"),
        (["machines_of_mine.py:leter"], "no leter in it; did you mean letter?"),
        (["machines_of_mine.py:letter.no.such"], "no letter.no.such in it"),
        (["machines_of_mine.py:number"], "it is an int"),
        (["machines_of_mine.py:failing"], f"machines_of_mine.py:{LINE}: KeyError: 'key'"),
        (["machines_of_mine:failing"], f"machines_of_mine.py:{LINE}: KeyError: 'key'"),
        (["machines_of_mine.py:letter", "--final", "SEND"], "there is no state SEND; did you mean SENT?"),
        (["machines_of_mine.py:letter", "--initial", "q"], "it cannot begin in q: no such state"),
        (["machines_of_mine.py:letter", "--claims", "q"], "no claims q in the module"),
        (["machines_of_mine.py:letter", "--claims", "number"], "a claim is a formula"),
        (["machines_of_mine.py:letter", "--claims", "line_claims"], "no state b"),
        (["machines_of_mine.py:letter", "--tests", "none.py"], "none.py was not written by podproof verify; --force"),
        (["machines_of_mine.py:letter", "--tests", "no/such/test.py"], "cannot be written"),
        (["machines_of_mine.py:letter", "--ignore", "q"], "'--ignore'"),
        ([], "Missing argument 'MODULE:NAME'"),
    ],
)
def test_unusable_input_is_said_on_one_line(
    arguments: list[str], said: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(folder.rglob("*.py"))
    assert run(*arguments) == 2
    out, err = capsys.readouterr()
    lines = [line for line in err.splitlines() if line != "this is said by the module"]
    assert out == "" and len(lines) == 1, err
    assert said in lines[0] and "Traceback" not in err
    assert sorted(folder.rglob("*.py")) == before


def test_a_file_is_run_as_a_script_is(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Modules beside it can be imported; the only machine needs no name; nothing stays in the search path."""
    path = list(sys.path)
    assert run("below/uses.py") == 1
    assert "below/uses.py:machine" in capsys.readouterr().out
    assert sys.path == path


def test_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("machines_of_mine.py:device", "--format", "json") == 1
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    expect_valid(document)
    assert document["schema"] == "podproof/verify/v2"
    assert document["machine"]["initial"] == ["off"]
    assert document["explored"] == {"configurations": 5, "moves": 13, "complete": True, "reason": None}
    (finding,) = document["findings"]
    assert (finding["rule"], finding["subject"], finding["properties"]["states"]) == ("unreachable", "lost", ["lost"])
    assert document["ok"] is False and document["claims"] == []
    assert run("machines_of_mine.py:line", "--format", "json") == 1
    line = json.loads(capsys.readouterr().out)
    expect_valid(line)
    assert line["claims"][0]["verdict"] == "FALSE"
    assert line["claims"][0]["run"] == [{"told": "go", "from": "a", "event": "go", "conditions": {}, "to": "b"}]
    assert [each["rule"] for each in line["findings"]] == ["deadlock"]
    assert verify(load("machines_of_mine:line")).findings[0].subject == line["findings"][0]["subject"]


# --tests


@pytest.mark.parametrize("target", ["machines_of_mine.py:letter", "machines_of_mine.py:device"])
def test_the_tests_take_every_transition_and_pass(
    target: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(target, "--tests", "below/test_mine.py")
    capsys.readouterr()
    written = (folder / "below" / "test_mine.py").read_text()
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "below/test_mine.py"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    report = verify(load(target))
    reading = report.explored.reading
    taken = {edge for move in report.explored.moves for edge in move.edges}
    fired = "".join(line for line in written.splitlines() if " == [" in line)
    for edge in reading.edges:
        assert (f'"{edge.event}: {reading.name(reading.source(edge))} ' in fired) == (edge.number in taken)
    assert written.startswith(f'"""Written by podproof verify --tests {target}')
    assert ("# * find: lost -> off: lost is never reached" in written) == ("device" in target)


def test_the_tests_notice_a_changed_machine(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("machines_of_mine.py:letter", "--tests", "test_mine.py")
    tests: dict[str, Any] = {"__file__": str(folder / "test_mine.py")}
    changed = MACHINES.replace('"dest": Phase.READ', '"dest": Phase.DRAFT')
    (folder / "machines_of_mine.py").write_text(changed)
    exec(compile((folder / "test_mine.py").read_text(), "test_mine.py", "exec"), tests)
    tests["test_send_from_DRAFT"]()
    with pytest.raises(AssertionError):
        tests["test_read_from_SENT"]()


def test_only_files_of_its_own_are_replaced(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("machines_of_mine.py:letter", "--tests", "test_mine.py") == 0
    first = (folder / "test_mine.py").read_text()
    assert run("machines_of_mine.py:letter", "--tests", "test_mine.py") == 0
    assert (folder / "test_mine.py").read_text() == first
    (folder / "test_mine.py").write_text("precious = 1\n")
    assert run("machines_of_mine.py:letter", "--tests", "test_mine.py") == 2
    assert (folder / "test_mine.py").read_text() == "precious = 1\n"
    assert run("machines_of_mine.py:letter", "--tests", "test_mine.py", "--force") == 0
    assert (folder / "test_mine.py").read_text() == first
    assert not list(folder.glob("*.new"))


def test_a_rehearsal_asks_for_every_answer(folder: Path) -> None:
    rehearsal = Rehearsal(load("machines_of_mine.py:device"))
    assert rehearsal.trigger("stop") == [] and rehearsal.state == "off"
    assert rehearsal.trigger("no such event") == []
    assert rehearsal.trigger("start") == ["start: off -> on"]
    state: object = rehearsal.state
    assert state == ["on_motor_slow", "on_lamp_dark"]
    with pytest.raises(AssertionError, match="condition bright"):
        rehearsal.trigger("speed")


THREE_LINES = """from podproof.api import load, verify
def test_device():
    assert verify(load("machines_of_mine:device")).problems == []
"""


def test_three_lines_of_pytest(folder: Path) -> None:
    (folder / "test_three.py").write_text(THREE_LINES)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "test_three.py"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "unreachable lost: no transition leads there; so find never happens" in done.stdout
