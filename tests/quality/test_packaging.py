"""The wheel, not only the checkout: it installs into an empty environment, works there, and is typed."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from tests.support.places import ROOT

TYPED = """from podproof.api import POD, Always, Claim, check
from podproof.kubernetes.vocabulary.states import Phase, api_phase

claim: Claim = Claim("four-phases", "The phase is one of four.", Always(api_phase.is_(*Phase)), POD)
answer: str = check([claim])[0].verdict.value
"""

ILL_TYPED = TYPED + "\nwrong: int = check([claim])[0].verdict\napi_phase.is_(3)\n"


def run(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "MYPYPATH")}
    return subprocess.run([*map(str, command)], cwd=cwd, capture_output=True, text=True, check=False, env=environment)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with nothing but the wheel and what it needs: what it declares is all in the lock."""
    folder = tmp_path_factory.mktemp("wheel")
    built = run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT, cwd=folder)
    assert built.returncode == 0, built.stderr
    (wheel,) = folder.glob("*.whl")
    venv.create(folder / "env", with_pip=True)
    python = folder / "env" / "bin" / "python"
    locked = ("--require-hashes", "--no-deps", "--requirement", ROOT / "locks" / "core.txt")
    for what in (locked, ("--no-index", wheel)):
        done = run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *what, cwd=folder)
        assert done.returncode == 0, done.stderr
    return folder / "env" / "bin"


def test_the_wheel_checks_claims(installed: Path, tmp_path: Path) -> None:
    done = run(installed / "podproof", "check", "terminal-nothing-runs", "one-init-at-a-time", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "true if no-podgc" in done.stdout
    assert run(installed / "kubectl-podproof", "--version", cwd=tmp_path).returncode == 0


def test_a_typed_user_file_passes_mypy_against_the_wheel(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "good.py").write_text(TYPED)
    (tmp_path / "bad.py").write_text(ILL_TYPED)
    python = installed / "python"
    mypy: list[str | Path] = [sys.executable, "-m", "mypy", "--strict", "--python-executable", python]
    good = run(*mypy, "good.py", cwd=tmp_path)
    assert good.returncode == 0, good.stdout
    bad = run(*mypy, "bad.py", cwd=tmp_path)
    assert "bad.py:7" in bad.stdout and "bad.py:8" in bad.stdout, bad.stdout


def test_podproof_is_a_namespace_and_every_package_is_typed() -> None:
    roots = [ROOT / name / "podproof" for name in ("model", "proofs", "diagrams", "cli")]
    assert [root for root in roots if (root / "__init__.py").exists()] == []
    packages = [p for root in roots for p in root.iterdir() if p.is_dir() and p.name != "__pycache__"]
    assert [p for p in packages if not (p / "py.typed").exists()] == []
    assert (ROOT / "cli" / "podproof" / "py.typed").exists()
