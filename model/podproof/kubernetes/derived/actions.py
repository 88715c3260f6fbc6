"""actions: what a sync starts, of the states of the machines (rules `actions`)."""

from __future__ import annotations

from podproof.kubernetes.derived.record_of import APP_LIVES, CODES, STATE
from podproof.kubernetes.rules import actions, container_status
from podproof.kubernetes.vocabulary.states import ended, run
from podproof.language import named
from podproof.language.binding import bind, table

starts_anew = named(
    "another sandbox starts it",
    bind(
        actions.starts_anew,
        {container_status.app.life: table(run, APP_LIVES), container_status.app.exit_code: table(ended, CODES)},
        by=STATE,
    ),
)
"""If there are no init containers, whose end comes before."""
