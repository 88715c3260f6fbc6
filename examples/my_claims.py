"""A claim of one's own: `podproof check --claims examples/my_claims.py`."""

from podproof.api import POD, Always, Claim, Verdict
from podproof.kubernetes.vocabulary.spec import regular
from podproof.kubernetes.vocabulary.states import Run, Sandbox, run, sandbox

no_sandbox_no_process = Claim(
    "no-sandbox-no-process",
    "Before there is a sandbox, nothing runs.",
    Always(sandbox.is_(Sandbox.none).implies(regular.none(run.is_(Run.running)))),
    POD,
    expected=Verdict.TRUE,
)
