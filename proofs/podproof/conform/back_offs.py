"""Corpora of how long a container that ended has to wait before it is started again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from podproof.conform import lengths, objects
from podproof.conform.corpus import Corpus, Json
from podproof.kubernetes.rules import back_off, back_off_config
from podproof.language.meanings.python import evaluate

# newCrashLoopBackOff.

CONFIGURED = (back_off_config.first, back_off_config.longest)


def config_state(given: Json) -> objects.Values:
    return {
        back_off_config.reduced: given["ReduceDefaultCrashLoopBackOffDecay"],
        back_off_config.configurable: given["KubeletCrashLoopBackOffMax"],
        **objects.setting(back_off_config.configured, given.get("maxContainerRestartPeriodSeconds")),
    }


def _config(given: Json) -> Json:
    values = config_state(given)
    return {decision.name: evaluate(decision.value, values, {}) for decision in CONFIGURED}


def _config_decided_by(given: Json) -> Mapping[str, str]:
    values = config_state(given)
    return {decision.name: decision.decided_by(values, {}).name for decision in CONFIGURED}


# doBackOff with flowcontrol.Backoff.


@dataclass
class Container:
    """One that ends again and again, on a clock that begins with 0.

    values: of the rules' fields; unit: units of time to the second; gc: how many of them lie between two times at which
    garbage is collected, None where it never is.
    """

    values: objects.Values
    unit: int
    gc: int | None
    now: int = 0

    @classmethod
    def of(cls, given: Json) -> Container:
        gc = given["gcPeriodSeconds"]
        fields = {
            back_off.first: given["initialSeconds"],
            back_off.longest: given["maxSeconds"],
            back_off.reset: given["resetSeconds"],
        }
        unit = lengths.common_unit([*given["ranSeconds"], *fields.values(), *([] if gc is None else [gc])])
        values: objects.Values = {field: lengths.in_units(length, unit) for field, length in fields.items()}
        at_rest = dict.fromkeys((back_off.window, back_off.age, back_off.left), 0)
        return cls({**values, **at_rest}, unit, None if gc is None else lengths.in_units(gc, unit))

    @property
    def collections(self) -> list[int]:
        """When garbage is collected next; where there is no entry, there is none."""
        return [(self.now // self.gc + 1) * self.gc] if self.gc and self.values[back_off.window] else []

    @property
    def backing_off(self) -> bool:
        backing_off: bool = evaluate(back_off.backing_off, self.values, {})
        return backing_off

    def kept(self) -> int:
        kept: int = evaluate(back_off.kept.value, self.values, {})
        return kept

    def goes_on(self, end: int) -> None:
        """Until then; garbage is collected before anything else that happens at the same instant."""
        while any(instant <= end for instant in self.collections):
            self._passes(self.collections[0] - self.now)
            self.values[back_off.window] = self.kept()
        self._passes(end - self.now)

    def _passes(self, length: int) -> None:
        self.now += length
        self.values[back_off.age] += length
        self.values[back_off.left] = max(0, self.values[back_off.left] - length)

    def runs(self, length: int) -> None:
        """It exits after so long."""
        self.goes_on(self.now + length)
        kept = self.kept()
        self.values.update({back_off.window: kept, back_off.left: kept})

    def waits(self) -> None:
        """Until it may be started: what is due next may be the end of the wait, or that its entry is collected."""
        while self.backing_off:
            left = self.values[back_off.left]
            self.goes_on(min([*([self.now + left] if left else []), *self.collections]))

    def starts(self) -> None:
        self.values.update({back_off.window: evaluate(back_off.following.value, self.values, {}), back_off.age: 0})

    def seconds(self, units: int) -> lengths.Number:
        return lengths.in_seconds(units, self.unit)


def _back_off(given: Json) -> Json:
    container = Container.of(given)
    return {"crashes": [_crash(container, ran) for ran in given["ranSeconds"]]}


def _crash(container: Container, ran: lengths.Number) -> Json:
    container.runs(lengths.in_units(ran, container.unit))
    exited, window = container.now, container.values[back_off.window] if container.backing_off else None
    container.waits()
    container.starts()
    return {
        "exitedAt": container.seconds(exited),
        "waitedSeconds": container.seconds(container.now - exited),
        "restartedAt": container.seconds(container.now),
        "nextWindowSeconds": container.seconds(container.values[back_off.window]),
        "ranSeconds": ran,
        "backOffSeconds": None if window is None else container.seconds(window),
    }


MESSAGE = re.compile(r"back-off (\S+) restarting failed container=.*", re.ASCII)


def _compared(output: Json) -> Json:
    """Of a message only the window that is in it."""
    return {
        "crashes": [
            {**{field: value for field, value in crash.items() if field != "message"}, "backOffSeconds": window}
            for crash in output["crashes"]
            for window in [_window(crash["message"])]
        ]
    }


def _window(message: str) -> lengths.Number | None:
    if not message:
        return None
    found = MESSAGE.fullmatch(message)
    if found is None:
        raise ValueError(f"no message of doBackOff: {message!r}")
    window = lengths.duration(found[1])
    return lengths.in_seconds(window.numerator, window.denominator)


def _back_off_decided_by(given: Json) -> Mapping[str, str]:
    """For each crash, by what its window at the exit and the next one were decided."""
    container = Container.of(given)
    rules = {}
    for number, ran in enumerate(given["ranSeconds"]):
        container.runs(lengths.in_units(ran, container.unit))
        rules[f"crashes[{number}].waitedSeconds"] = back_off.kept.decided_by(container.values, {}).name
        container.waits()
        rules[f"crashes[{number}].nextWindowSeconds"] = back_off.following.decided_by(container.values, {}).name
        container.starts()
    return rules


CORPORA = (
    Corpus(
        "backoff_config",
        "kubelet newCrashLoopBackOff",
        "the first wait and the longest one",
        _config,
        lambda output: output,
        _config_decided_by,
    ),
    Corpus(
        "backoff",
        "kuberuntime doBackOff with client-go flowcontrol.Backoff, run after run",
        "all instants and windows of every restart, also the window that the message tells",
        _back_off,
        _compared,
        _back_off_decided_by,
    ),
)
