"""Two abstract machines over the phase: what textbooks draw, and what is true. The Pod is checked against both."""

from __future__ import annotations

from podproof.kubernetes.vocabulary.states import Phase
from podproof.language import Actor, Machine, Transition, state

phase = state("phase", Phase, initial=Phase.Pending)
pod = Actor("pod")

runs, waits, succeeds, fails = pod("run"), pod("wait again"), pod("succeed"), pod("fail")

textbook = Machine(
    "textbook phase",
    phase,
    doc="Pending, then Running, then Succeeded or Failed: the picture in most books.",
    transitions=[
        Transition(trigger=runs, source=Phase.Pending, dest=Phase.Running),
        Transition(trigger=succeeds, source=Phase.Running, dest=Phase.Succeeded),
        Transition(trigger=fails, source=Phase.Running, dest=Phase.Failed),
    ],
)

corrected = Machine(
    "corrected phase",
    phase,
    doc="Running can fall back to Pending, and a Pod can end without ever being seen Running.",
    transitions=[
        Transition(trigger=runs, source=Phase.Pending, dest=Phase.Running),
        # A lost sandbox makes the init containers run again.
        Transition(trigger=waits, source=Phase.Running, dest=Phase.Pending),
        Transition(trigger=succeeds, source=[Phase.Pending, Phase.Running], dest=Phase.Succeeded),
        Transition(trigger=fails, source=[Phase.Pending, Phase.Running], dest=Phase.Failed),
    ],
)
