"""Files that verbs write: what cannot be written is refused before the work; what is written is whole."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click
import pytest
from podproof.cli import main
from podproof.cli.files import expect_writable, write

LONG_WORK = {
    "diagram": ["diagram", "by-status", "-o"],
    "report": ["report", "-o"],
    "verify": ["verify", "no_such_module:machine", "--tests"],
}
"""Verbs that would say something else, or take long, if they began."""


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[object, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    return ended.value.code, *capsys.readouterr()


@pytest.mark.parametrize("verb", LONG_WORK)
@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("x.gif", "cannot be written: not .gif, but ."),
        ("nowhere/x{}", "there is no directory"),
        ("folder{}", "it is a directory"),
        ("file/x{}", "there is no directory"),
        ("x" * 300 + "{}", "cannot be written: File name too long"),
        ("x\0{}", "cannot be written: "),
    ],
)
def test_what_cannot_be_written_is_refused_before_the_work(
    verb: str, name: str, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    ending = {"diagram": ".svg", "report": ".html", "verify": ".py"}[verb]
    (tmp_path / f"folder{ending}").mkdir()
    before = sorted(tmp_path.iterdir())
    begin = time.process_time()
    code, out, err = run(capsys, *LONG_WORK[verb], str(tmp_path / name.format(ending)))
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert says in err
    assert sorted(tmp_path.iterdir()) == before
    assert time.process_time() - begin < 5


def test_no_permission() -> None:
    user = os.geteuid()
    with tempfile.TemporaryDirectory() as name:
        locked, file = Path(name), Path(name, "mine.svg")
        file.write_text("kept")
        file.chmod(0o444)
        locked.chmod(0o555)
        try:
            if user == 0:
                os.seteuid(NOBODY)
            for path in (locked / "x.svg", file):
                with pytest.raises(click.ClickException, match="cannot be written: Permission denied"):
                    expect_writable(str(path), ("svg",))
        finally:
            os.seteuid(user)
        locked.chmod(0o755)
        assert file.read_text() == "kept"


NOBODY = 65534
"""Whom root becomes, who may write everywhere."""


def test_certificates_are_refused_before_the_work(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    for place in ("file", "file/below"):
        code, out, err = run(capsys, "check", "--certify", str(tmp_path / place))
        assert (code, out, len(err.splitlines())) == (2, "", 1)
        assert (tmp_path / "file").read_text() == "" and len(list(tmp_path.iterdir())) == 1


def test_every_format_is_found_by_its_ending(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    begins = {"svg": b"<?xml", "SVG": b"<?xml", "png": b"\x89PNG", "dot": b"digraph", "gv": b"digraph", "mmd": b"---"}
    for ending, begin in {**begins, "": b"digraph"}.items():
        file = tmp_path / (f"worker.{ending}" if ending else "worker")
        assert run(capsys, "diagram", "worker", "-o", str(file))[0] == 0
        assert file.read_bytes().startswith(begin), ending
    odd = tmp_path / "worker.txt"
    assert run(capsys, "diagram", "worker", "--format", "dot", "-o", str(odd))[0] == 0
    assert odd.read_bytes().startswith(b"digraph")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
def test_a_full_disk_behind_standard_output_is_one_line() -> None:
    command = [sys.executable, "-c", "from podproof.cli import main; main()", "diagram", "sandbox"]
    with open("/dev/full", "wb") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (2, "podproof: standard output: No space left on device\n")


def test_a_link_stays_and_a_pipe_is_written_to(tmp_path: Path) -> None:
    file, link = tmp_path / "file", tmp_path / "link"
    file.write_text("old")
    link.symlink_to(file)
    expect_writable(str(link))
    write(str(link), b"new")
    assert link.is_symlink() and file.read_bytes() == b"new"
    assert stat.S_IMODE(file.stat().st_mode) == 0o666 & ~_umask()
    expect_writable(os.devnull)
    write(os.devnull, b"nothing")
    assert not Path(os.devnull).is_file()
    assert sorted(each.name for each in tmp_path.iterdir()) == ["file", "link"]


def _umask() -> int:
    found = os.umask(0)
    os.umask(found)
    return found
