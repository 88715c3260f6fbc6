"""Shell completion, asked for as the scripts of bash, zsh and fish ask."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete
from podproof.claims.catalogue import CLAIMS
from podproof.cli import VERBS, podproof
from podproof.diagrams.drawings import drawings

from tests.support.places import ROOT

OWN = ROOT / "examples" / "my_claims.py"
SCRIPT = """import sys
from podproof.cli import main
try:
    sys.argv[0] = "podproof"
    main()
finally:
    loaded = {"z3", "cvc5", "numpy", "networkx", "transitions", "pygraphviz"} & set(sys.modules)
    assert not loaded, loaded
"""


def asked(shell: str, instruction: str, words: str = "", at: str = "") -> str:
    """What the program says to a shell's script. at: the number of the word, for fish the word itself."""
    env = {**os.environ, "_PODPROOF_COMPLETE": f"{shell}_{instruction}", "COMP_WORDS": words, "COMP_CWORD": at}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        capture_output=True,
        text=True,
        check=False,
        env=env,
        cwd=ROOT,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.parametrize(
    ("shell", "words", "at", "said"),
    [
        ("zsh", "podproof diagram by-stat", "2", "plain\nby-status\n"),
        ("fish", "podproof teeth --machine ap", "ap", "plain,api-phase\tThe phase in the API.\n"),
    ],
)
def test_names_without_loading_an_engine(shell: str, words: str, at: str, said: str) -> None:
    assert said in asked(shell, "complete", words, at)


IN_BASH = """
PATH={path}:$PATH
{documented}
COMP_WORDS=(podproof check terminal-n) COMP_CWORD=2
_podproof_completion podproof
echo "${{COMPREPLY[*]}}"
"""


def test_what_the_readme_says_for_bash_works_in_bash() -> None:
    told = re.findall(r"^(?:eval|_PODPROOF).*_source.*$", (ROOT / "README.md").read_text(), re.MULTILINE)
    documented = {shell: line for line in told for shell in ("bash", "zsh", "fish") if f"={shell}_source" in line}
    assert list(documented) == ["bash", "zsh", "fish"]
    script = IN_BASH.format(path=Path(sys.executable).parent, documented=documented["bash"].partition("#")[0])
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("terminal-nothing-runs\n", "")


def offered(*words: str) -> list[str]:
    """The same in process."""
    *before, begun = words
    return [item.value for item in ShellComplete(podproof, {}, "podproof", "_X").get_completions(before, begun)]


def test_all_names() -> None:
    assert offered("") == list(VERBS)
    assert offered("di") == ["diagram"]
    ids = [claim.id for claim in CLAIMS]
    for verb in (["check"], ["lint"], ["report", "-o", "x.html"]):
        assert offered(*verb, "") == ids
    assert ids[3] not in offered("check", ids[3], ids[3])
    assert {*drawings(), *ids, "by-worker"} <= set(offered("diagram", ""))
    assert {"worker", "init-container"} < set(offered("teeth", "--machine", ""))
    assert offered("check", "--format", "") == ["text", "json"]
    assert "--certify" in offered("check", "--c")


def test_claims_of_ones_own_are_read_and_not_run(tmp_path: Path) -> None:
    assert offered("check", "--claims", str(OWN), "") == ["no-sandbox-no-process"]
    file = tmp_path / "claims.py"
    file.write_text(
        "raise SystemExit('run')\na = api.Claim(sentence='s', id='named')\nb = Claim(1, 's')\nc = Claim()\n"
    )
    assert offered("lint", "--claims", str(file), "") == ["named"]
    for content in (b"(", b"\0", b"(" * 10_000, b"\xff"):
        file.write_bytes(content)
        assert offered("check", "--claims", str(file), "") == []
    assert offered("check", "--claims", str(tmp_path / "none.py"), "") == []


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (["explain", "examples/"], "file"),
        (["conform", ""], "file"),
        (["verify", ""], "file"),
        (["diagram", "worker", "-o", ""], "file"),
        (["check", "--claims", ""], "file"),
        (["check", "--recheck", ""], "dir"),
    ],
)
def test_files_are_left_to_the_shell(words: list[str], kind: str) -> None:
    *before, begun = words
    (item,) = ShellComplete(podproof, {}, "podproof", "_X").get_completions(before, begun)
    assert (item.type, item.value) == (kind, begun)
