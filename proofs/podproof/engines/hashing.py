"""A hash table of packed states, for sets of millions. Compiled by numba, once for all systems of as many words.

An entry is a page: 64 states that differ only in the lowest bits of their first word, as a key and a bit for each. What
is looked for is collected in batches, neighbours on one page together, and looked up in two passes: the first only
reads, without a branch, so that the processor waits for many places of memory at once, and leaves to the second what it
did not find.

Compiled functions take `like`, a tuple with a number for each word: its length is known when they are compiled, and
makes loops over words disappear.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, uint64
from numpy.typing import NDArray

Rows = NDArray[np.uint64]
"""A state, or an entry, a row; a word a column."""

BATCH = 256


def compiled(function: Any) -> Any:
    """By numba when it is first called, and kept on disk; for the process alone where nothing can be written."""
    try:
        return njit(cache=True)(function)
    except RuntimeError:
        return njit(function)


SMALLEST = 1 << 16
"""Entries of a new table. Their number is a power of two, so that a place is some bits of a hash."""

LOW, PAGE, ONE, HALF, LAST = uint64(63), uint64(6), uint64(1), uint64(32), uint64(58)

MIX = uint64(0x9E3779B97F4A7C15)
"""2^64 divided by the golden ratio: multiplied with it, neighbours come to lie far apart (Knuth, TAOCP 6.4)."""

SEQUENCE = uint64(0x03F79D71B4CB0A89)
"""A de Bruijn sequence: shifted by some number, its first six bits tell by which."""

NUMBER = np.zeros(64, dtype=np.int64)
for _shift in range(64):
    NUMBER[(int(SEQUENCE) << _shift & (2**64 - 1)) >> int(LAST)] = _shift


@compiled
def _place(keys: Any, row: Any, mask: Any, like: Any) -> Any:
    """Where a page is looked for first."""
    mixed = keys[row, 0] * MIX
    for word in range(1, len(like)):
        mixed = (mixed ^ (mixed >> HALF) ^ keys[row, word]) * MIX
    return (mixed >> HALF) & mask


@compiled
def _is_page(entries: Any, place: Any, keys: Any, row: Any, like: Any) -> Any:
    same = entries[place, 0] == keys[row, 0]
    for word in range(1, len(like)):
        same &= entries[place, word] == keys[row, word]
    return same


@compiled
def _found(entries: Any, keys: Any, row: Any, place: Any, mask: Any, like: Any) -> Any:
    """The place of the page, or a free one where it would be. An entry without bits is free."""
    while entries[place, len(like)] != 0 and not _is_page(entries, place, keys, row, like):
        place = (place + ONE) & mask
    return place


@compiled
def _move(entries: Any, larger: Any, like: Any) -> None:
    """Write all entries into another table, which is empty."""
    mask = uint64(len(larger) - 1)
    for number in range(len(entries)):
        if entries[number, len(like)] != 0:
            place = _place(entries, number, mask, like)
            while larger[place, len(like)] != 0:
                place = (place + ONE) & mask
            for word in range(len(like) + 1):
                larger[place, word] = entries[number, word]


@compiled
def _paged(rows: Any, keys: Any, bits: Any, like: Any) -> Any:
    """States as pages with their bits, neighbours on one page together: more than half of all successors are such.

    Compared with the row before, not with the key that was just written, for which the processor would have to wait.
    """
    last, held = -1, uint64(0)
    for row in range(len(rows)):
        before = max(row - 1, 0)
        same = (row > 0) & (rows[row, 0] >> PAGE == rows[before, 0] >> PAGE)
        for word in range(1, len(like)):
            same &= rows[row, word] == rows[before, word]
        last += not same
        held = (held if same else uint64(0)) | ONE << (rows[row, 0] & LOW)
        bits[last] = held
        keys[last, 0] = rows[row, 0] >> PAGE
        for word in range(1, len(like)):
            keys[last, word] = rows[row, word]
    return last + 1


@compiled
def _all_there(entries: Any, place: Any, keys: Any, bits: Any, row: Any, like: Any) -> Any:
    return (bits[row] & ~entries[place, len(like)] == 0) & _is_page(entries, place, keys, row, like)


@compiled
def _unknown(keys: Any, bits: Any, number: int, places: Any, left: Any, entries: Any, like: Any) -> Any:
    """The first pass: what is not at its first place, or the one behind. A page that is there stays there."""
    mask = uint64(len(entries) - 1)
    count = 0
    for row in range(number):
        places[row] = _place(keys, row, mask, like)
    for row in range(number):
        place = places[row]
        left[count] = row
        known = _all_there(entries, place, keys, bits, row, like)
        known |= _all_there(entries, (place + ONE) & mask, keys, bits, row, like)
        count += not known
    return count


@compiled
def _settle(
    keys: Any, bits: Any, number: int, places: Any, left: Any, entries: Any, pages: int, new: Any, count: int, like: Any
) -> Any:
    """The second pass: write what is not there into the table, and behind the `count` states that were new before."""
    mask = uint64(len(entries) - 1)
    for each in range(number):
        row = left[each]
        place = _found(entries, keys, row, places[row], mask, like)
        there = entries[place, len(like)]
        fresh = bits[row] & ~there
        if there == 0:
            pages += 1
            for word in range(len(like)):
                entries[place, word] = keys[row, word]
        entries[place, len(like)] = there | fresh
        while fresh != 0:
            for word in range(len(like)):
                new[count, word] = keys[row, word]
            new[count, 0] = keys[row, 0] << PAGE | _lowest(fresh)
            count += 1
            fresh &= fresh - ONE
    return pages, count


@compiled
def _lowest(bits: Any) -> Any:
    """Which one is the lowest that is set."""
    return NUMBER[((bits & (~bits + ONE)) * SEQUENCE) >> LAST]


@compiled
def _insert(rows: Any, start: int, entries: Any, pages: int, new: Any, like: Any) -> Any:
    """Add rows from `start` on, as long as there is room. Where to go on, the entries there are, and the new rows."""
    keys, bits = np.empty((BATCH, len(like)), dtype=np.uint64), np.empty(BATCH, dtype=np.uint64)
    places, left = np.empty(BATCH, dtype=np.uint64), np.empty(BATCH, dtype=np.int64)
    count = 0
    while start < len(rows) and 5 * (pages + BATCH) <= 3 * len(entries) and count + BATCH <= len(new):
        batch = rows[start : start + BATCH]
        number = _paged(batch, keys, bits, like)
        number = _unknown(keys, bits, number, places, left, entries, like)
        pages, count = _settle(keys, bits, number, places, left, entries, pages, new, count, like)
        start += len(batch)
    return start, pages, count


@compiled
def _contains(rows: Any, entries: Any, like: Any) -> Any:
    mask = uint64(len(entries) - 1)
    key = np.empty((1, len(like)), dtype=np.uint64)
    result = np.zeros(len(rows), dtype=np.bool_)
    for row in range(len(rows)):
        for word in range(len(like)):
            key[0, word] = rows[row, word]
        key[0, 0] >>= PAGE
        place = _found(entries, key, 0, _place(key, 0, mask, like), mask, like)
        result[row] = (entries[place, len(like)] >> (rows[row, 0] & LOW)) & ONE != 0
    return result


@compiled
def _sort(batch: Any, filled: int, elements: Any, sizes: Any) -> None:
    """Put interchangeable elements in order, by insertion: there are few, and most are in order already."""
    first = 0
    for size in sizes:
        for place in range(first + 1, first + size):
            for row in range(filled):
                for at in range(place, first, -1):
                    lower, upper, mask = elements[at - 1, 1], elements[at, 1], elements[at, 2]
                    left = (batch[row, elements[at - 1, 0]] >> lower) & mask
                    right = (batch[row, elements[at, 0]] >> upper) & mask
                    if left <= right:
                        break
                    batch[row, elements[at - 1, 0]] ^= (left ^ right) << lower
                    batch[row, elements[at, 0]] ^= (left ^ right) << upper
        first += size


@compiled
def _gather(states: Any, truths: Any, moves: Any, codes: Any, cursor: Any, batch: Any, like: Any) -> Any:
    """Write what steps lead to into the batch, from the cursor on, until it is full. How many there are."""
    keep, put, first, written = moves
    step, at, bits = cursor[0], cursor[1], uint64(cursor[2])
    filled = 0
    while step < len(truths):
        while True:
            while bits != 0:
                row = at * 64 + _lowest(bits)
                bits &= bits - ONE
                for word in range(len(like)):
                    batch[filled, word] = (states[row, word] & keep[step, word]) | put[step, word]
                for each in range(first[step], first[step + 1]):
                    code = uint64(codes[written[each, 3], row]) & written[each, 2]
                    batch[filled, written[each, 0]] |= code << written[each, 1]
                filled += 1
                if filled == BATCH:
                    cursor[0], cursor[1], cursor[2] = step, at, np.int64(bits)
                    return filled
            at += 1
            if at == truths.shape[1]:
                break
            bits = truths[step, at]
        step, at = step + 1, 0
        bits = truths[step, 0] if step < len(truths) else uint64(0)
    cursor[0] = step
    return filled


@compiled
def _spread(
    states: Any,
    truths: Any,
    moves: Any,
    codes: Any,
    elements: Any,
    sizes: Any,
    cursor: Any,
    entries: Any,
    pages: int,
    new: Any,
    like: Any,
) -> Any:
    """Add what steps lead to from these states, from the cursor on, as long as there is room."""
    batch, keys = np.empty((BATCH, len(like)), dtype=np.uint64), np.empty((BATCH, len(like)), dtype=np.uint64)
    bits, places = np.empty(BATCH, dtype=np.uint64), np.empty(BATCH, dtype=np.uint64)
    left = np.empty(BATCH, dtype=np.int64)
    count = 0
    while cursor[0] < len(truths) and 5 * (pages + BATCH) <= 3 * len(entries) and count + BATCH <= len(new):
        filled = _gather(states, truths, moves, codes, cursor, batch, like)
        _sort(batch, filled, elements, sizes)
        if filled:
            number = _paged(batch[:filled], keys, bits, like)
            number = _unknown(keys, bits, number, places, left, entries, like)
            pages, count = _settle(keys, bits, number, places, left, entries, pages, new, count, like)
    return pages, count


class Table:
    """entries: the words of a key, then the bits of its page; pages: how many there are."""

    def __init__(self, words: int) -> None:
        self.like = (0,) * words
        self.entries: Rows = np.zeros((SMALLEST, words + 1), dtype=np.uint64)
        self.pages = 0
        self._room: Rows = np.empty((SMALLEST, words), dtype=np.uint64)

    def insert(self, rows: Rows) -> Rows:
        """Add them. Those that were not there, in an order that depends on nothing else."""
        new, start = [], 0
        while start < len(rows):
            self._grow()
            start, self.pages, count = _insert(rows, start, self.entries, self.pages, self._room, self.like)
            new.append(self._room[:count].copy())
        return np.concatenate([rows[:0], *new])

    def contains(self, rows: Rows) -> NDArray[np.bool_]:
        found: NDArray[np.bool_] = _contains(rows, self.entries, self.like)
        return found

    def spread(self, states: Rows, truths: Rows, moves: Any, codes: NDArray[Any], elements: Any, sizes: Any) -> Rows:
        """As `insert`, of all that steps lead to from these states.

        truths: a row a step, a bit a state; moves: of every step the bits that it keeps, those that it puts, and where
        its rows in a table of fields begin; codes: what is written into those; elements: word, shift and mask of every
        element that can be exchanged; sizes: how many of them belong together.
        """
        new = []
        cursor = np.zeros(3, dtype=np.int64)  # the step, the word of its truths, and what is left of that word
        cursor[2:] = truths[0, :1].view(np.int64)
        while cursor[0] < len(truths):
            self._grow()
            self.pages, count = _spread(
                states,
                truths,
                moves,
                codes,
                elements,
                sizes,
                cursor,
                self.entries,
                self.pages,
                self._room,
                self.like,
            )
            new.append(self._room[:count].copy())
        return np.concatenate([states[:0], *new])

    def _grow(self) -> None:
        """Room for many more."""
        if 2 * (self.pages + BATCH) > len(self.entries):
            larger = np.zeros((2 * len(self.entries), len(self.like) + 1), dtype=np.uint64)
            _move(self.entries, larger, self.like)
            self.entries = larger
