"""The command line. Each verb lives in a module of its own, imported only when it is asked for."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence

import click
from click.shell_completion import CompletionItem
from podproof.check.interrupts import INTERRUPTED, interrupted, interruptible
from podproof.check.processes import ProcessDied
from podproof.cli.terminal import colours
from podproof.wording.near import did_you_mean

VERBS = {
    "check": "Prove or refute claims about the Pod lifecycle.",
    "explain": "Say what the Pods in manifests can do, or why a live Pod is where it is.",
    "verify": "Say what is wrong with a state machine of yours, made with transitions.",
    "lint": "Find what is declared and does nothing, in the model and in claims.",
    "teeth": "Change the model, and see whether the claims notice.",
    "diagram": "Draw machines, the Pod, protocols, everything a small Pod can do, and counterexamples.",
    "report": "Write a page with claims, evidence and pictures.",
    "conform": "Compare the model's rules with what Kubernetes' own functions computed.",
}


class Verbs(click.Group):
    """Knows the verbs by name; loads a verb's module when it is run or its help is shown."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        command: click.Command = getattr(importlib.import_module(f"podproof.cli.{cmd_name}"), cmd_name)
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        verbs = [CompletionItem(name, help=said) for name, said in VERBS.items() if name.startswith(incomplete)]
        return verbs + click.Command.shell_complete(self, ctx, incomplete)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in VERBS and not args[0].startswith("-"):
            hint = did_you_mean(args[0], VERBS, f"; there are {', '.join(VERBS)}")
            raise click.UsageError(f"no verb {args[0]}{hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Verbs"):
            formatter.write_dl(list(VERBS.items()))


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="podproof")
@click.pass_context
def podproof(ctx: click.Context) -> None:
    """Proves what a Kubernetes Pod can and cannot do.

    Exit codes: 0 as expected, 1 a finding or an unexpected verdict, 2 nothing usable could be read or bad usage,
    3 could not decide within the limits.
    """
    ctx.color = colours()


def _help(ctx: click.Context) -> str:
    return f"podproof {ctx.info_name} --help" if ctx.parent else "podproof --help"


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; ends with SystemExit. An interrupt says so and exits with 130."""
    try:
        try:
            with interruptible():
                result = podproof.main(args=arguments, standalone_mode=False)
        finally:
            if sys.stdout is not None:  # as it is where somebody closed it
                sys.stdout.flush()
    except click.exceptions.Exit as done:
        sys.exit(done.exit_code)
    except click.Abort as stopped:
        click.echo(interrupted(str(stopped.__cause__ or "")), err=True)
        sys.exit(INTERRUPTED)
    except ProcessDied as error:
        click.echo(f"podproof: {error}", err=True)
        sys.exit(2)
    except click.ClickException as error:
        usage = f" ({_help(error.ctx)})" if isinstance(error, click.UsageError) and error.ctx else ""
        click.echo(f"podproof: {' '.join(error.format_message().split())}{usage}", err=True)
        sys.exit(2)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
    except OSError as error:  # such as a full disk behind standard output
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115 - what is left in the buffer is not tried again at the end
        click.echo(f"podproof: {error.filename or 'standard output'}: {error.strerror or error}", err=True)
        sys.exit(2)
    sys.exit(result if isinstance(result, int) else 0)
