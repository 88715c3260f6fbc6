"""A claim of one's own: `podproof check --claims examples/my_claims.py`."""

from podproof.api import POD, Always, Claim, Run, Sandbox, Verdict, regular, run, sandbox

no_sandbox_no_process = Claim(
    "no-sandbox-no-process",
    "Before there is a sandbox, nothing runs.",
    Always(sandbox.is_(Sandbox.none).implies(regular.none(run.is_(Run.running)))),
    POD,
    expected=Verdict.TRUE,
)
