"""README shows real output: every `console` block is run, the Mermaid block drawn again. Times are not compared."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
from podproof.cli import main
from podproof.diagrams.catalogue import find
from podproof.diagrams.machine import mermaid

from tests.support.places import ROOT

README = ROOT / "README.md"
TEXT = README.read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```console\n\$ podproof (.*?)\n(.*?)^```$", TEXT, flags=re.MULTILINE | re.DOTALL)

Compare = Callable[[Path, str, str], None]


def test_there_are_examples() -> None:
    assert len(BLOCKS) >= 3


@pytest.mark.parametrize(("command", "shown"), BLOCKS, ids=[command for command, _ in BLOCKS])
def test_console_blocks(
    command: str,
    shown: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    same_as_shown: Compare,
) -> None:
    monkeypatch.chdir(ROOT)
    with pytest.raises(SystemExit):
        main(shlex.split(command))
    same_as_shown(README, shown.rstrip(), capsys.readouterr().out.rstrip())


def test_mermaid_block(same_as_shown: Compare) -> None:
    (block,) = re.findall(r"^```mermaid\n(.*?)^```$", TEXT, flags=re.MULTILINE | re.DOTALL)
    same_as_shown(README, block.strip(), mermaid(find("corrected-phase")).strip())


def test_what_is_shown_is_compared_but_for_times_and_put_into_the_file_if_accepted(
    tmp_path: Path, pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch, same_as_shown: Compare
) -> None:
    file = tmp_path / "README.md"
    file.write_text("before\n3 claims in 1.5 s\nafter\n")
    monkeypatch.setattr(pytestconfig.option, "accept", False)
    same_as_shown(file, "3 claims in 1.5 s", "3 claims in 12.0 s")
    with pytest.raises(AssertionError, match="make accept"):
        same_as_shown(file, "3 claims in 1.5 s", "4 claims in 1.5 s")
    assert file.read_text() == "before\n3 claims in 1.5 s\nafter\n"
    monkeypatch.setattr(pytestconfig.option, "accept", True)
    same_as_shown(file, "3 claims in 1.5 s", "4 claims in 1.5 s")
    assert file.read_text() == "before\n4 claims in 1.5 s\nafter\n"


def test_python_block_is_the_example() -> None:
    (block,) = re.findall(r"^```python\n# my_claims.py\n(.*?)^```$", TEXT, flags=re.MULTILINE | re.DOTALL)
    assert block.strip() in (ROOT / "examples" / "my_claims.py").read_text(encoding="utf-8")
