"""States as bits: every variable is a field in one of the 64-bit words that a state is made of.

States that fit into one word are an array of words; wider ones are an array of records of words, which NumPy indexes,
joins and compares alike. Only this module, the code that `arrays` generates and sets of states know the difference.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from podproof.language.domains import Integers, width
from podproof.language.errors import UnsupportedError
from podproof.language.expressions import Variable

States = NDArray[Any]
"""One packed state an entry."""

Words = NDArray[np.uint64]
Truths = NDArray[np.bool_]

WORD = 64


@dataclass(frozen=True)
class Field:
    """Where a variable, or a few that lie side by side, sit in a state."""

    shift: int
    width: int
    word: int = 0

    @property
    def mask(self) -> int:
        """The field's bits within its word."""
        return ((1 << self.width) - 1) << self.shift


class Layout:
    """A field for every variable, none of which crosses the end of a word.

    together: variables that come last, some side by side: those of a group of the same widths lie in the same way.
    Raises UnsupportedError for a variable that is unbounded, or has more values than a word.
    """

    def __init__(self, variables: Iterable[Variable[Any]], together: Iterable[Sequence[Variable[Any]]] = ()) -> None:
        alone = [[variable] for variable in variables]
        groups = [piece for group in together for piece in _pieces(group)]
        self.bits = sum(_width(variable) for group in (*alone, *groups) for variable in group)
        self.fields: dict[Variable[Any], Field] = {}
        word, shift = 0, 0
        for group in (*alone, *groups):
            if shift + sum(map(_width, group)) > WORD:
                word, shift = word + 1, 0
            for variable in group:
                self.fields[variable] = Field(shift, _width(variable), word)
                shift += _width(variable)
        self.words = word + 1
        names = [f"w{number}" for number in range(self.words)]
        self.dtype = np.dtype(np.uint64) if self.words == 1 else np.dtype([(name, np.uint64) for name in names])

    def pack(self, values: Mapping[Variable[Any], Any]) -> int:
        """One state as a number, the first word lowest."""
        return sum(v.domain.code(values[v]) << (WORD * f.word + f.shift) for v, f in self.fields.items())

    def unpack(self, state: int) -> list[Any]:
        """The values in the order of the variables."""
        places = ((v, WORD * f.word + f.shift, f.width) for v, f in self.fields.items())
        return [v.domain.values[(state >> shift) & ((1 << bits) - 1)] for v, shift, bits in places]

    def states(self, numbers: Collection[int]) -> States:
        """The states that these numbers stand for."""
        words = [[number >> (WORD * word) & (2**WORD - 1) for word in range(self.words)] for number in numbers]
        return self.joined(np.array(words, dtype=np.uint64).reshape(len(numbers), self.words))

    def numbers(self, states: States) -> list[int]:
        """Each as a number."""
        columns = [self.word(states, word).tolist() for word in range(self.words)]
        return [sum(word << (WORD * place) for place, word in enumerate(words)) for words in zip(*columns, strict=True)]

    def number(self, state: Any) -> int:
        """An entry of an array of states as a number."""
        return int(state) if self.words == 1 else sum(int(word) << (WORD * n) for n, word in enumerate(state))

    def joined(self, words: Words) -> States:
        """The states with these words, a row each."""
        return np.ascontiguousarray(words).view(self.dtype).reshape(len(words))

    def rows(self, states: States) -> Words:
        """The words of each state, a row a state."""
        found: Words = np.ascontiguousarray(states).view(np.uint64).reshape(len(states), self.words)
        return found

    def word(self, states: States, number: int) -> Words:
        """One of the words of each state; what is written into it is written into the states."""
        found: Words = states if self.words == 1 else states[f"w{number}"]
        return found

    def codes(self, states: States, at: Variable[Any] | Field) -> Words:
        """The code that each state has for a variable, or in a field."""
        field = at if isinstance(at, Field) else self.fields[at]
        return (self.word(states, field.word) >> np.uint64(field.shift)) & np.uint64((1 << field.width) - 1)

    def put(self, states: States, at: Variable[Any] | Field, codes: NDArray[Any]) -> None:
        """Write codes into a field that is 0 in all of the states."""
        field = at if isinstance(at, Field) else self.fields[at]
        word = self.word(states, field.word)
        word |= (codes.astype(np.uint64) & np.uint64((1 << field.width) - 1)) << np.uint64(field.shift)

    def constant(self, values: Mapping[Variable[Any], Any]) -> Words:
        """The words of a state with these values, and the code 0 everywhere else."""
        state = self.states([0])
        for variable, value in values.items():
            self.put(state, variable, np.array([variable.domain.code(value)], dtype=np.uint64))
        return np.array([self.word(state, word)[0] for word in range(self.words)], dtype=np.uint64)

    def mask(self, fields: Iterable[Field]) -> Words:
        """For every word the bits of these fields."""
        masks = [0] * self.words
        for field in fields:
            masks[field.word] |= field.mask
        return np.array(masks, dtype=np.uint64)

    def changed(self, states: States, keep: Words, put: Words) -> States:
        """The states with the bits of `keep`, and the bits of `put` beside them."""
        after = np.empty(len(states), dtype=self.dtype)
        for number in range(self.words):
            word = self.word(after, number)
            np.bitwise_and(self.word(states, number), keep[number], out=word)
            word |= put[number]
        return after

    def hashes(self, states: States) -> Words:
        """A number for each state that tells little of its values."""
        mixed = np.zeros(len(states), dtype=np.uint64)
        for number in range(self.words):
            mixed = (mixed ^ self.word(states, number)) * np.uint64(0x9E3779B97F4A7C15)
            mixed ^= mixed >> np.uint64(29)
        return mixed

    def ones(self, states: States) -> NDArray[np.int64]:
        """How many bits are set in each state."""
        counts = [np.bitwise_count(self.word(states, number)) for number in range(self.words)]
        total: NDArray[np.int64] = np.sum(counts, axis=0, dtype=np.int64)
        return total

    def only(self, states: States, variables: Iterable[Variable[Any]]) -> States:
        """The states as far as these variables go; all others have the code 0."""
        kept = self.mask(self.fields[variable] for variable in variables)
        return self.changed(states, kept, np.zeros_like(kept))


def _pieces(group: Sequence[Variable[Any]]) -> list[list[Variable[Any]]]:
    """Cut where a word is full."""
    pieces: list[list[Variable[Any]]] = [[]]
    for variable in group:
        if sum(map(_width, pieces[-1])) + _width(variable) > WORD:
            pieces.append([])
        pieces[-1].append(variable)
    return pieces


def _width(variable: Variable[Any]) -> int:
    domain = variable.domain
    if isinstance(domain, Integers) and not domain.bounded:
        raise UnsupportedError(f"{variable.name} is unbounded: only a prover can handle it")
    if width(domain) > WORD:
        raise UnsupportedError(f"{variable.name} is {domain}: that does not fit into {WORD} bits")
    return width(domain)
