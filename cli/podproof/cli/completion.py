"""What a shell offers behind a verb: names of claims, drawings and machines, and files.

Loads no engine, and runs no code of a user's.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

import click
from click.shell_completion import CompletionItem


def claims(ctx: click.Context, parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    """Ids of claims, those of --claims FILE.py where it stands before, without those that are there already."""
    file = ctx.params.get("file")
    known = _shipped() if file is None else _declared(Path(str(file)))
    given = ctx.params.get("claims") or ()
    return _items(((id, said) for id, said in known if id not in given), begun)


def drawings(ctx: click.Context, parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    """What `podproof diagram` can draw."""
    from podproof.diagrams.catalogue import slug
    from podproof.diagrams.drawings import drawings as known
    from podproof.kubernetes.pod import POD

    named = [(name, drawing.doc) for name, drawing in known().items()]
    seen = [(f"by-{slug(variable.name)}", variable.doc) for variable in POD.variables]
    return _items(dict([*seen, *_shipped(), *named]).items(), begun)


def machines(ctx: click.Context, parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    """Machines of the Pod."""
    from podproof.diagrams.catalogue import slug
    from podproof.kubernetes.pod import POD

    return _items(((slug(machine.name), machine.doc) for machine in POD.machines), begun)


def files(ctx: click.Context, parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    """The shell knows them best."""
    return [CompletionItem(begun, type="file")]


def directories(ctx: click.Context, parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    return [CompletionItem(begun, type="dir")]


def _items(known: Iterable[tuple[str, str]], begun: str) -> list[CompletionItem]:
    return [CompletionItem(name, help=" ".join(said.split())) for name, said in known if name.startswith(begun)]


def _shipped() -> Iterator[tuple[str, str]]:
    from podproof.claims.catalogue import CLAIMS

    return ((claim.id, claim.sentence) for claim in CLAIMS)


def _declared(file: Path) -> Iterator[tuple[str, str]]:
    """Claim("id", "sentence", ...) in a file that is not run; nothing where it cannot be read."""
    try:
        calls = [node for node in ast.walk(ast.parse(file.read_bytes())) if isinstance(node, ast.Call)]
    except (OSError, SyntaxError, ValueError, RecursionError):
        return
    for call in calls:
        called = getattr(call.func, "id", getattr(call.func, "attr", ""))
        named = {word.arg: word.value for word in call.keywords}
        found = dict(zip(("id", "sentence"), call.args, strict=False)) | named
        match found.get("id"), found.get("sentence"):
            case ast.Constant(value=str(id)), ast.Constant(value=str(sentence)) if called == "Claim":
                yield id, sentence
            case ast.Constant(value=str(id)), _ if called == "Claim":
                yield id, ""
