"""README shows real output: every `console` block is run, the Mermaid block drawn again. Times are not compared."""

from __future__ import annotations

import re
import shlex

import pytest
from podproof.cli import main
from podproof.diagrams.catalogue import find
from podproof.diagrams.machine import mermaid

from tests.support.places import ROOT

TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```console\n\$ podproof (.*?)\n(.*?)^```$", TEXT, flags=re.MULTILINE | re.DOTALL)


def timeless(text: str) -> str:
    return re.sub(r" *\d+\.\d+ s\b", " … s", text)


def test_there_are_examples() -> None:
    assert len(BLOCKS) >= 3


@pytest.mark.parametrize(("command", "shown"), BLOCKS, ids=[command for command, _ in BLOCKS])
def test_console_blocks(
    command: str, shown: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    with pytest.raises(SystemExit):
        main(shlex.split(command))
    out = capsys.readouterr().out
    assert timeless(out.rstrip()) == timeless(shown.rstrip())


def test_mermaid_block() -> None:
    (block,) = re.findall(r"^```mermaid\n(.*?)^```$", TEXT, flags=re.MULTILINE | re.DOTALL)
    assert block.strip() == mermaid(find("corrected-phase")).strip()


def test_python_block_is_the_example() -> None:
    (block,) = re.findall(r"^```python\n# my_claims.py\n(.*?)^```$", TEXT, flags=re.MULTILINE | re.DOTALL)
    assert block.strip() in (ROOT / "examples" / "my_claims.py").read_text(encoding="utf-8")
