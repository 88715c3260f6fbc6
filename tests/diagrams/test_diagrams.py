"""Pictures of one machine: what the text says, that Graphviz draws it, and that the kept ones are fresh."""

from __future__ import annotations

import logging
import os
import re
import subprocess
import sys
from enum import StrEnum
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pygraphviz
import pytest
from podproof.diagrams import machine as drawing
from podproof.diagrams import style
from podproof.diagrams.catalogue import UnknownName, find, machines
from podproof.diagrams.labels import event_text
from podproof.diagrams.machine import ANY_STATE, dot, edges, mermaid, terminal
from podproof.diagrams.render import FORMATS, RenderError, render
from podproof.language import Actor, Machine, Transition, flag, parameter, sets, state
from podproof.language.expressions import conjunction, disjunction

SHIPPED = pytest.mark.parametrize("machine", [pytest.param(m, id=name) for name, m in machines().items()])
SVG = "{http://www.w3.org/2000/svg}"
INKS = (style.INK, style.MUTED, style.REACTION, style.REFUTED, style.ADDED)
FILLS = (style.STATE, style.ENDED, style.ACTOR)

CORRECTED_MERMAID = """\
---
title: "corrected phase"
---
stateDiagram-v2
    accDescr: Running can fall back to Pending, and a Pod can end without ever being seen Running.
    state "Pending" as Pending
    state "Running" as Running
    state "Succeeded" as Succeeded
    state "Failed" as Failed
    [*] --> Pending
    Pending --> Running : pod#58; run
    Pending --> Succeeded : pod#58; succeed
    Pending --> Failed : pod#58; fail
    Running --> Pending : pod#58; wait again
    Running --> Succeeded : pod#58; succeed
    Running --> Failed : pod#58; fail
    Succeeded --> [*]
    Failed --> [*]
"""

CORRECTED_DOT = """\
digraph "corrected phase" {
    graph [bgcolor="#ffffff" fontcolor="#1f2937" fontname="Helvetica,Arial,sans-serif" fontsize=12 label=<<table border="0" cellspacing="2" cellpadding="0"><tr><td><font point-size="16"><b>corrected phase</b></font></td></tr><tr><td>Running can fall back to Pending, and a Pod can end without ever being seen</td></tr><tr><td>Running.</td></tr><tr><td><font point-size="10" color="#4b5563">dot: start; double border: no way out</font></td></tr><tr><td> </td></tr></table>> labelloc=t nodesep=0.5 pad=0.2 ranksep=0.6]
    node [color="#1f2937" fillcolor="#eef2ff" fontcolor="#1f2937" fontname="Helvetica,Arial,sans-serif" margin="0.2,0.1" shape=box style="rounded,filled"]
    edge [arrowsize=0.8 color="#1f2937" fontcolor="#1f2937" fontname="Helvetica,Arial,sans-serif" fontsize=11]
    Pending [label=Pending id="state-Pending"]
    Running [label=Running id="state-Running"]
    Succeeded [label=Succeeded fillcolor="#f3f4f6" id="state-Succeeded" peripheries=2]
    Failed [label=Failed fillcolor="#f3f4f6" id="state-Failed" peripheries=2]
    start_Pending [label="" fillcolor="#1f2937" shape=point tooltip=start width=0.15]
    start_Pending -> Pending [tooltip="starts Pending"]
    Pending -> Running [label=<<table border="0" cellspacing="4" cellpadding="1"><tr><td align="left" balign="left">pod: run</td></tr></table>> labeltooltip="pod: run"]
    Pending -> Succeeded [label=<<table border="0" cellspacing="4" cellpadding="1"><tr><td align="left" balign="left">pod: succeed</td></tr></table>> labeltooltip="pod: succeed"]
    Pending -> Failed [label=<<table border="0" cellspacing="4" cellpadding="1"><tr><td align="left" balign="left">pod: fail</td></tr></table>> labeltooltip="pod: fail"]
    Running -> Pending [label=<<table border="0" cellspacing="4" cellpadding="1"><tr><td align="left" balign="left">pod: wait again</td></tr></table>> labeltooltip="pod: wait again"]
    Running -> Succeeded [label=<<table border="0" cellspacing="4" cellpadding="1"><tr><td align="left" balign="left">pod: succeed</td></tr></table>> labeltooltip="pod: succeed"]
    Running -> Failed [label=<<table border="0" cellspacing="4" cellpadding="1"><tr><td align="left" balign="left">pod: fail</td></tr></table>> labeltooltip="pod: fail"]
}
"""  # noqa: E501

SANDBOX_MERMAID = """\
---
title: "sandbox"
---
stateDiagram-v2
    accDescr: The Pod's sandbox.
    state "none" as none
    state "ready" as ready
    state "lost" as lost
    state "stopped" as stopped
    state "any state" as any_state
    classDef pseudo stroke-dasharray: 4
    class any_state pseudo
    [*] --> none
    classDef words fill:none,stroke:none
    state "reaction to kubelet#58; find all containers stopped" as words_1
    class words_1 words
    any_state --> words_1
    words_1 --> stopped
    state "kubelet#58; create the sandbox<br/>[worker is sync]" as words_2
    class words_2 words
    none --> words_2
    words_2 --> ready
    state "runtime#58; lose the sandbox" as words_3
    class words_3 words
    ready --> words_3
    words_3 --> lost
    state "kubelet#58; create the sandbox<br/>[worker is sync and nothing runs and (restartPolicy is not Never or nothing ever ran) and there is something to start]" as words_4
    class words_4 words
    lost --> words_4
    words_4 --> ready
    stopped --> [*]
"""  # noqa: E501

SANDBOX_DOT = """\
digraph sandbox {
    graph [bgcolor="#ffffff" fontcolor="#1f2937" fontname="Helvetica,Arial,sans-serif" fontsize=12 label=<<table border="0" cellspacing="2" cellpadding="0"><tr><td><font point-size="16"><b>sandbox</b></font></td></tr><tr><td>The Pod&#x27;s sandbox.</td></tr><tr><td><font point-size="10" color="#4b5563">dot: start; double border: no way out; dashed: reaction to another machine&#x27;s event</font></td></tr><tr><td> </td></tr></table>> labelloc=t nodesep=0.5 pad=0.2 ranksep=0.6]
    node [color="#1f2937" fillcolor="#eef2ff" fontcolor="#1f2937" fontname="Helvetica,Arial,sans-serif" margin="0.2,0.1" shape=box style="rounded,filled"]
    edge [arrowsize=0.8 color="#1f2937" fontcolor="#1f2937" fontname="Helvetica,Arial,sans-serif" fontsize=11]
    none [label=none id="state-none"]
    ready [label=ready id="state-ready"]
    lost [label=lost id="state-lost"]
    stopped [label=stopped fillcolor="#f3f4f6" id="state-stopped" peripheries=2]
    start_none [label="" fillcolor="#1f2937" shape=point tooltip=start width=0.15]
    start_none -> none [tooltip="starts none"]
    any_state [label="any state" color="#4b5563" fontcolor="#4b5563" style="rounded,dashed"]
    any_state -> stopped [label=<<table border="0" cellspacing="4" cellpadding="1"><tr><td align="left" balign="left">kubelet: find all containers stopped</td></tr></table>> color="#1d4ed8" fontcolor="#1d4ed8" labeltooltip="kubelet: find all containers stopped\\n  SyncTerminatingPod ends: no container runs" style=dashed]
    none -> ready [label=<<table border="0" cellspacing="4" cellpadding="1"><tr><td align="left" balign="left"><table border="0" cellspacing="0" cellpadding="0"><tr><td align="left" balign="left">kubelet: create the sandbox</td></tr><tr><td align="left" balign="left"><font point-size="10">&#160;&#160;[worker is sync]</font></td></tr></table></td></tr></table>> labeltooltip="kubelet: create the sandbox\\n  RunPodSandbox and the network\\n  when worker is sync\\n  then containers created := false"]
    ready -> lost [label=<<table border="0" cellspacing="4" cellpadding="1"><tr><td align="left" balign="left">runtime: lose the sandbox</td></tr></table>> labeltooltip="runtime: lose the sandbox\\n  pause died, node rebooted\\n  never under no-sandbox-loss"]
    lost -> ready [label=<<table border="0" cellspacing="4" cellpadding="1"><tr><td align="left" balign="left"><table border="0" cellspacing="0" cellpadding="0"><tr><td align="left" balign="left">kubelet: create the sandbox</td></tr><tr><td align="left" balign="left"><font point-size="10">&#160;&#160;[worker is sync and nothing runs and</font><br/><font point-size="10">&#160;&#160;(restartPolicy is not Never or nothing</font><br/><font point-size="10">&#160;&#160;ever ran) and there is something to</font><br/><font point-size="10">&#160;&#160;start]</font></td></tr></table></td></tr></table>> labeltooltip="kubelet: create the sandbox\\n  RunPodSandbox and the network\\n  when worker is sync and nothing runs and (restartPolicy is not Never or nothing ever ran) and there is something to start\\n  then containers created := false"]
}
"""  # noqa: E501


class Odd(StrEnum):
    """Values and names that a careless writer of DOT or Mermaid would trip over."""

    default = 'say "a: b; #c"'
    end = "a\\nb <i>\\N & [*] %% _c_"
    state = "state --> x"
    any_state = "any state"


odd = state("odd", Odd, initial=Odd.default)
somebody = Actor("some:body")
switch, dial = flag("x<y"), parameter("to; end", Odd)
hop, halt, stay = somebody('hop "#1"', dial), somebody("halt", doc='a "doc" \\N'), somebody("stay")
odd_machine = Machine(
    'odd "one" \\ <b>',
    odd,
    doc="100% # odd; <i>very</i>: odd",
    transitions=[
        Transition(trigger=hop, source=Odd.default, dest=Odd.end, conditions=[switch, dial.is_(Odd.end)]),
        Transition(trigger=hop, source=Odd.end, dest=Odd.state, before=sets(switch, True)),
        Transition(trigger=halt, source="*", dest=Odd.any_state),
        Transition(trigger=stay, source=[Odd.default, Odd.end], dest="="),
    ],
)
EVERY = pytest.mark.parametrize(
    "machine", [*(pytest.param(m, id=name) for name, m in machines().items()), pytest.param(odd_machine, id="odd")]
)


def declared(machine: Machine[Any]) -> set[tuple[str, str, bool]]:
    """Source, destination and whether it is a reaction, of everything the machine declares."""
    both = [(a, False) for a in machine.arrows] + [(a, True) for a in machine.reactions]
    return {
        (source.name, source.name if arrow.dest is None else arrow.dest.name, reaction)
        for arrow, reaction in both
        for source in arrow.sources
    }


def texts(svg: bytes) -> list[str]:
    return ["".join(node.itertext()) for node in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def mermaid_arrows(text: str) -> list[tuple[str, str, str]]:
    """From, to and label: the label of the arrow, or of the box that it passes through."""
    plain = re.findall(r"^    (\w+) --> (\w+) : (.*)$", text, re.MULTILINE)
    through = re.findall(
        r'^    state "(.*)" as (\w+)\n    class \2 words_*\n    (\w+) --> \2\n    \2 --> (\w+)$', text, re.MULTILINE
    )
    return [*plain, *((source, dest, label) for label, _, source, dest in through)]


class TestText:
    @pytest.mark.parametrize(("name", "golden"), [("corrected phase", CORRECTED_MERMAID), ("sandbox", SANDBOX_MERMAID)])
    def test_mermaid(self, name: str, golden: str) -> None:
        assert mermaid(find(name)) == golden

    @pytest.mark.parametrize(("name", "golden"), [("corrected phase", CORRECTED_DOT), ("sandbox", SANDBOX_DOT)])
    def test_dot(self, name: str, golden: str) -> None:
        assert dot(find(name)).replace("\t", "    ") == golden

    @SHIPPED
    def test_the_drawn_states_and_arrows_are_the_declared_ones(self, machine: Machine[Any]) -> None:
        graph = pygraphviz.AGraph(string=dot(machine))
        names = {member.name for member in drawing.states(machine)}
        drawn, pseudo = set(), set(map(str, graph.nodes())) - names
        for edge in graph.edges():
            source, dest = map(str, edge)
            if source.startswith("start_"):
                assert dest in {str(value.name) for value in machine.state.initial_values}
                continue
            dashed = edge.attr["style"] == "dashed"
            drawn |= {(each, dest, dashed) for each in (names if source == "any_state" else {source})}
        assert names <= set(map(str, graph.nodes()))
        assert pseudo <= {"any_state", *(f"start_{value.name}" for value in machine.state.initial_values)}
        kept = [(edge.source, edge.reaction) for edge in edges(machine) if edge.stays]
        staying = {(source.name, source.name, reaction) for source, reaction in kept if source is not None}
        assert drawn.isdisjoint(staying) and drawn | staying == declared(machine)

    def test_what_stays_stands_in_the_box_with_its_tooltip(self) -> None:
        (box,) = re.findall(r"^\tbound \[label=<(.*)> id=.* tooltip=\"(.*)\"", dot(find("object")), re.MULTILINE)
        assert "drop the finalizers" in box[0] and "[finalizer]" in box[0]
        assert "when finalizer" in box[1] and "finalizer := false" in box[1]

    @SHIPPED
    def test_mermaid_has_the_same_arrows(self, machine: Machine[Any]) -> None:
        names = {member.name for member in drawing.states(machine)}
        arrows = [arrow[:2] for arrow in mermaid_arrows(mermaid(machine))]
        assert len(arrows) == len(set(arrows))
        drawn = {(s, dest) for source, dest in arrows for s in (names if source == "any_state" else {source})}
        assert drawn == {(source, dest) for source, dest, _ in declared(machine)}

    @EVERY
    def test_every_event_is_on_some_arrow(self, machine: Machine[Any]) -> None:
        drawn = [event for edge in edges(machine) for part in edge.label for event in part.events]
        assert set(drawn) == {event_text(event) for event in (*machine.events, *machine.reacts_to)}

    @EVERY
    def test_mermaid_is_made_of_statements_that_its_grammar_takes(self, machine: Machine[Any]) -> None:
        text, word = r"(?:[^\W_]|[ .,()\[\]=+/'-]|#\d+;)*", r"[A-Za-z_]\w*"
        statement = re.compile(
            rf"stateDiagram-v2|    (accDescr: {text}|state \"{text}(<br/>{text})*\" as {word}"
            rf"|{word} --> {word}( : {text})?"
            rf"|\[\*\] --> {word}|{word} --> \[\*\]|class {word} (pseudo|words)"
            r"|classDef pseudo stroke-dasharray: 4|classDef words fill:none,stroke:none)"
        )
        front, title, close, *lines = mermaid(machine).splitlines()
        assert (front, close) == ("---", "---") and title.startswith('title: "')
        assert [line for line in lines if not statement.fullmatch(line)] == []
        taken = re.compile(r" (default\w*|state|note|class|scale|end) -->|--> (default\w*|state|note|class|end)( |$)")
        assert [line for line in lines if taken.search(line)] == []

    def test_words_are_boxes_where_they_are_long_and_no_state_is_taken_for_one(self) -> None:
        class Said(StrEnum):
            words = "words"
            words_1 = "words_1"

        said, speak = state("said", Said, initial=Said.words), somebody("speak")
        short = Machine("m", said, [Transition(trigger=speak, source=Said.words, dest=Said.words_1)])
        assert "    words --> words_1 : some#58;body#58; speak\n" in mermaid(short)
        slowly: Transition[Said] = Transition(
            trigger=speak, source=Said.words, dest=Said.words_1, conditions=[flag("there is a lot of time left")]
        )
        long = mermaid(Machine("m", said, [slowly]))
        assert mermaid_arrows(long) == [
            ("words", "words_1", "some#58;body#58; speak<br/>[there is a lot of time left]")
        ]
        assert "    words --> words___1\n    words___1 --> words_1\n" in long

    @EVERY
    def test_equal_machines_give_equal_text(self, machine: Machine[Any]) -> None:
        twin = Machine(machine.name, machine.state, machine.transitions, machine.reacts, machine.doc)
        assert (dot(twin), mermaid(twin)) == (dot(machine), mermaid(machine))

    def test_states_without_a_way_out(self) -> None:
        assert [str(s) for s in terminal(find("corrected-phase"))] == ["Succeeded", "Failed"]
        assert [str(s) for s in terminal(find("worker"))] == ["finished", "rejected"]
        assert [str(s) for s in terminal(find("sandbox"))] == ["stopped"]

    def test_arrows_between_the_same_states_share_a_label(self) -> None:
        ways = [edge for edge in edges(find("worker")) if (edge.source, edge.dest) == ("sync", "terminating")]
        assert [len(edge.arrows) for edge in ways] == [6]
        assert [part.events for part in ways[0].label][2] == ("kubelet: evict", "kubelet: preempt", "node: shut down")

    def test_a_long_guard_is_summarised_on_the_arrow_and_whole_in_the_tooltip(self) -> None:
        long = conjunction(switch, disjunction(*(flag(f"something rather long, number {n}") for n in range(9))))
        machine = Machine("m", odd, [Transition(trigger=halt, source=Odd.end, dest=Odd.state, conditions=[long])])
        (edge,) = edges(machine)
        (paragraph,) = edge.label
        assert paragraph.guard.startswith("[x<y; depends on something rather long, number 0, something")
        titles = [
            value
            for node in ElementTree.fromstring(render(dot(machine))).iter()
            for key, value in node.attrib.items()
            if key.endswith("}title")
        ]
        assert any(str(long) in title for title in titles)

    @SHIPPED
    def test_guards_are_in_words_that_fit_on_the_arrow(self, machine: Machine[Any]) -> None:
        """Derived values have names: the phase that the kubelet computes is not spelled out in every guard."""
        said = [part.guard for edge in edges(machine) for part in edge.label]
        assert [guard for guard in said if "depends on" in guard or len(guard) > 160] == []


class TestLook:
    @pytest.mark.parametrize(
        ("ink", "paper"),
        [
            *((ink, style.PAPER) for ink in INKS),
            *((style.INK, fill) for fill in FILLS),
            *((ink, style.STATE) for ink in (style.MUTED, style.REACTION)),
            *((style.NIGHT[ink], style.NIGHT[style.PAPER]) for ink in INKS),
            *((style.NIGHT[style.INK], style.NIGHT[fill]) for fill in FILLS),
            *((style.NIGHT[ink], style.NIGHT[style.STATE]) for ink in (style.MUTED, style.REACTION)),
        ],
    )
    def test_text_stands_out_from_what_is_behind_it(self, ink: str, paper: str) -> None:
        def luminance(colour: str) -> float:
            parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
            linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
            return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

        dark, light = sorted(map(luminance, (ink, paper)))
        assert (light + 0.05) / (dark + 0.05) >= 4.5  # WCAG 2, level AA

    @SHIPPED
    def test_the_legend_explains_what_is_drawn_and_no_more(self, machine: Machine[Any]) -> None:
        text = " ".join(texts(render(dot(machine))))
        assert "dot: start" in text
        assert ("double border" in text) == bool(terminal(machine))
        assert ("dashed: reaction" in text) == bool(machine.reactions)
        assert ("in a box" in text) == any(edge.stays for edge in edges(machine))


class TestRendering:
    @EVERY
    def test_every_machine_becomes_an_svg_with_its_title_and_states(self, machine: Machine[Any]) -> None:
        svg = render(dot(machine), "svg")
        titles = [node.text for node in ElementTree.fromstring(svg).iter(f"{SVG}title")]
        assert titles[0] == machine.name
        shown = texts(svg)
        for expected in (machine.name, *map(str, drawing.states(machine))):
            assert expected in shown
        assert (ANY_STATE in shown) >= any(edge.source is None for edge in edges(machine))

    @pytest.mark.parametrize(("format", "start"), list(zip(FORMATS, (b"<?xml", b"\x89PNG", b"%PDF"), strict=True)))
    def test_formats(self, format: str, start: bytes) -> None:
        picture = render(dot(find("textbook-phase")), format)
        assert picture.startswith(start)
        assert picture.renderer.startswith("pygraphviz ")

    def test_nothing_is_printed(self) -> None:
        """In a new process: Fontconfig warns once in each."""
        program = (
            "from podproof.diagrams.render import render; import sys; sys.exit(not render('digraph { a }', 'png'))"
        )
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, env=environment, check=False)
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")

    def test_standard_error_works_afterwards(self, capfd: pytest.CaptureFixture[str]) -> None:
        render("digraph { a }")
        os.write(2, b"still here\n")
        assert capfd.readouterr().err == "still here\n"

    def test_unknown_format(self) -> None:
        with pytest.raises(RenderError, match="cannot draw 'gif': choose one of svg, png, pdf"):
            render("digraph { a }", "gif")

    def test_what_is_not_dot(self, capfd: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(RenderError, match=r"Graphviz cannot draw this: .*syntax error in line 1"):
            render("digraph { a ->")
        assert capfd.readouterr().err == ""

    def test_without_any_graphviz_the_error_says_what_to_do(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        monkeypatch.setitem(sys.modules, "pygraphviz", None)
        monkeypatch.setenv("PATH", str(tmp_path))
        with pytest.raises(RenderError, match=r"pip install pygraphviz.*the program dot.*need neither"):
            render("digraph { a }")
        assert "pygraphviz does not load" in caplog.text

    @pytest.mark.skipif(os.name != "posix", reason="the stand-in for dot is a shell script")
    def test_an_installed_dot_is_the_second_choice(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        program = tmp_path / "dot"
        program.write_text(
            "#!/bin/sh\nread line\ncase $line in *bad*) echo no such thing >&2; exit 1;; esac\necho drawn"
        )
        program.chmod(0o755)
        monkeypatch.setitem(sys.modules, "pygraphviz", None)
        monkeypatch.setenv("PATH", str(tmp_path))
        picture = render("digraph { a }")
        assert (bytes(picture), picture.renderer) == (b"drawn\n", "dot")
        with pytest.raises(RenderError, match="cannot draw this: no such thing"):
            render("bad")


class TestCatalogue:
    def test_names(self) -> None:
        assert list(machines()) == [
            "object",
            "worker",
            "sandbox",
            "init-container",
            "container",
            "deadline",
            "local-phase",
            "api-phase",
            "textbook-phase",
            "corrected-phase",
        ]

    @pytest.mark.parametrize("name", ["api-phase", "api phase", "API_Phase"])
    def test_a_name_may_be_written_in_several_ways(self, name: str) -> None:
        assert find(name).name == "api phase"

    def test_an_unknown_name_lists_the_known_ones(self) -> None:
        with pytest.raises(UnknownName, match=r"no machine 'wroker' \(did you mean worker\?\); .* object, worker, "):
            find("wroker")
        with pytest.raises(UnknownName, match=r"no machine ''; the machines are object"):
            find("")


class TestAnyState:
    def test_an_arrow_from_everywhere_starts_at_any_state(self) -> None:
        machine = find("local-phase")
        assert 'state "any state" as any_state' in mermaid(machine)
        assert ("any_state", "Failed") in [arrow[:2] for arrow in mermaid_arrows(mermaid(machine))]
        assert 'any_state [label="any state"' in dot(machine)
        assert "any_state -> Failed" in dot(machine)
