"""Mistyped names: the error says which may have been meant, and where."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from podproof.cli import main
from podproof.wording.near import did_you_mean, nearest


def error(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    out, err = capsys.readouterr()
    assert (ended.value.code, out, len(err.splitlines())) == (2, "", 1)
    return err


def test_nearest() -> None:
    assert nearest("sandbx", ["Sandbox", "sandbox"]) == "sandbox"
    assert nearest("SANDBX", ["other", "sandbox"]) == "sandbox"
    assert nearest("sandbox", []) == nearest("x", ["sandbox"]) == ""
    assert did_you_mean("x", ["sandbox"], "; see there") == "; see there"


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        (["chek"], "check"),
        (["DIAGRAM"], "diagram"),
        (["explian", "-"], "explain"),
        (["check", "terminal-nothing-run"], "terminal-nothing-runs"),
        (["report", "-o", "x.html", "one-init-at-a-tim"], "one-init-at-a-time"),
        (["lint", "one-init-at-tme"], "one-init-at-a-time"),
        (["teeth", "--machine", "sandbocks"], "sandbox"),
        (["diagram", "wroker"], "worker"),
        (["diagram", "by-statsu"], "by-status"),
        (["diagram", "by-sandbix"], "by-sandbox"),
        (["diagram", "terminal-nothing-run"], "terminal-nothing-runs"),
        (["check", "--fromat", "json"], "--format"),
    ],
)
def test_on_the_command_line(arguments: list[str], meant: str, capsys: pytest.CaptureFixture[str]) -> None:
    said = error(capsys, *arguments).lower()
    assert f"did you mean {meant}?" in said.replace("'", "")


def test_nothing_like_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert "no verb zzz; there are check, explain, " in error(capsys, "zzz")
    assert "no claim zzz; see podproof check --list" in error(capsys, "check", "zzz")
    assert "no machine zzz; there are api-phase, " in error(capsys, "teeth", "--machine", "zzz")


IMPORTS = (
    "from podproof.api import POD, Always, Claim\nfrom podproof.kubernetes.vocabulary.states import Phase, api_phase\n"
)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("Always(api_phase.is_(Phase.Runing))", ":3: AttributeError: Runing; did you mean Running?"),
        ("Always(api_phas.is_(Phase.Running))", ":3: NameError: .* is not defined; did you mean api_phase?"),
        ("\nAlways(api_phase.isnot(Phase.Running))", ":4: AttributeError: .*; did you mean is_not?"),
        ("from podproof.api import Alwys", ":3: ImportError: .*; did you mean Always?"),
        ("from podproof.api import verfy", ":3: ImportError: .*; did you mean verify?"),
        ("from podproof.kubernetes.vocabulary.states import sandbx", ":3: ImportError: .*; did you mean sandbox?"),
        ("import podproof.kubernetes.vew", ":3: ModuleNotFoundError: .*; did you mean podproof.kubernetes.view?"),
        ("import podproof.kubernets.states", ":3: ModuleNotFoundError: .*; did you mean podproof.kubernetes?"),
        ("import podprof", ":3: ModuleNotFoundError: .*; did you mean podproof?"),
        ("def f():\n    wurker = 1\n    return wurkr\nf()", ":5: NameError: .*; did you mean wurker?"),
        ("prnt(1)", ":3: NameError: .*; did you mean print?"),
        ("qqqqqq", ":3: NameError: name 'qqqqqq' is not defined$"),
        ("raise AttributeError('no name')", ":3: AttributeError: no name$"),
        ("raise NameError(name=3)", ":3: NameError: NameError$"),
        ("raise ImportError('cannot import name', name='sys')", ":3: ImportError: cannot import name$"),
    ],
)
def test_in_a_file_of_claims(line: str, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "claims.py"
    file.write_text(f"{IMPORTS}{line}\n")
    assert re.search(f"{re.escape(str(file))}{says.replace('?', '[?]')}", error(capsys, "check", "--claims", str(file)))
