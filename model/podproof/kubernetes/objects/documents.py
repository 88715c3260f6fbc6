"""YAML and JSON text to plain values that know their places, within limits.

`documents` splits a stream into its documents and reads each on its own: a mistake in one costs only that one. Values
are plain: dict, list, str, int, float, bool, None. YAML is read as kubectl reads it (YAML 1.1 to JSON, by
sigs.k8s.io/yaml): plain `yes`, `on` and `y` are true, timestamps and base-60 numbers stay text, `<<` merges. Keys are
the text that is written. JSON values may follow one another without separators. Size, depth and number of values are
limited, and no tag makes an object. Not checked: anything about Kubernetes. Lines below U+0085, U+2028 or U+2029, which
end lines in YAML, are counted too high. Columns count characters.
"""

import codecs
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any, NamedTuple, TypeAlias

import yaml
from podproof.findings.finding import Finding, Location, Rule
from podproof.kubernetes.objects.rules import MALFORMED, REPEATED_KEY, TOO_LARGE, problem

MAX_BYTES = 64 * 2**20  # of one file or stream
MAX_VALUES = 3_000_000  # in one document, aliases counted as what they stand for
MAX_DEPTH = 100  # mappings and lists inside one another

Step: TypeAlias = str | int  # into a mapping or a list

_NO_CHILDREN: Mapping[Step, "Places"] = {}
_TOO_DEEP = f"nested more than {MAX_DEPTH} levels deep", "no Kubernetes object is: make it flatter"
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times faster where libyaml is there
_JSON = json.JSONDecoder(parse_int=str, parse_float=str)  # only for the grammar: numbers are read as in YAML
_SEPARATOR = re.compile(r"^(?:---|\.\.\.)(?=\s|\Z)", re.MULTILINE)
_NOTHING = re.compile(r"(?:---)?\s*+(?:[#%][^\n]*+\s*+)*+")  # comments, and directives such as `%YAML 1.2`
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_JSON_START = re.compile(r"(?:\s++|#[^\n]*+)*+(?=\S)")  # comments are not JSON, but harmless between values
_JSON_PART = re.compile(r'(?:---)?\s*(?=\{\s*["}]|\[)')
_JSON_TOKEN = re.compile(r'\n|[{}\[\]]|"(?:[^"\\]++|\\.)*+"|[-+.\w]+')
_JSON_NEXT = re.compile(r"^\{", re.MULTILINE)
_WORDS: Mapping[str, object] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False),
}
_INTEGER = re.compile(r"[-+]?(?:0x[0-9a-fA-F]{1,99}|0o?[0-7]{1,99}|0b[01]{1,99}|0|[1-9][0-9]{0,99})")
_OCTAL = re.compile(r"[-+]?0[0-7]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_TEXT_TAGS = ("!", "tag:yaml.org,2002:str", "tag:yaml.org,2002:binary")
_TAGS = (None, *_TEXT_TAGS, *(f"tag:yaml.org,2002:{name}" for name in ("null", "bool", "int", "float", "map", "seq")))


class Place(NamedTuple):
    """Where something begins: line and column, counted from 1."""

    line: int
    column: int


class Places(NamedTuple):
    """Where a value begins, and the same for the values inside it. An entry of a mapping begins with its key."""

    place: Place
    children: Mapping[Step, "Places"]

    def at(self, *path: Step) -> "Places":
        """The places of the value under `path`, such as ("containers", 0), or of its nearest ancestor that exists."""
        found = self
        for step in path:
            if step not in found.children:
                break
            found = found.children[step]
        return found


class Document(NamedTuple):
    """One value of a stream: anything that YAML or JSON can hold, except nothing at all."""

    value: object
    places: Places


@dataclass(eq=False)
class Defect(Exception):
    """What is wrong with a document, and where. Callers of `documents` get a `Finding` instead."""

    place: Place
    message: str
    remedy: str
    rule: Rule = MALFORMED

    def in_file(self, file: str) -> Finding:
        return problem(self.rule, Location(file, *self.place), self.message, self.remedy)


FIRST = Place(1, 1)


def documents(data: bytes, file: str) -> Iterator[Document | Finding]:
    """Reads a whole file; `file` only names it in findings. Documents that are empty or null are passed over."""
    try:
        for part, line in _parts(_decoded(data)):
            for found in _read_part(part, line):
                yield found.in_file(file) if isinstance(found, Defect) else found
    except Defect as defect:
        yield defect.in_file(file)


def quoted(text: str) -> str:
    """`text` as messages show it: in quotes, on one line, cut when long."""
    return repr(text if len(text) <= 60 else text[:57] + "...")


def _decoded(data: bytes) -> str:
    """The text with newlines as its only line ends. UTF-8 unless a byte order mark says UTF-16."""
    if len(data) > MAX_BYTES:
        raise Defect(FIRST, f"larger than {MAX_BYTES // 2**20} MiB", "split it into smaller files", TOO_LARGE)
    utf16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    if not utf16 and b"\0" in data:
        raise Defect(FIRST, "a binary file", "give YAML or JSON text")
    try:
        text = data.decode("utf-16" if utf16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        place = FIRST if utf16 else _end(data[: error.start].decode("utf-8", "replace"))
        raise Defect(place, f"not {'UTF-16' if utf16 else 'UTF-8'} text", "save the file as UTF-8") from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _end(text: str, first: Place = FIRST) -> Place:
    """The place behind `text`, which begins at `first`."""
    lines = text.count("\n")
    column = len(text) - text.rfind("\n") if lines else first.column + len(text)
    return Place(first.line + lines, column)


def _parts(text: str) -> Iterator[tuple[str, int]]:
    """The pieces of a stream between `---` or `...` lines, each with its first line; no value can hold such a line."""
    start, line = 0, 1
    for marker in _SEPARATOR.finditer(text):
        yield text[start : marker.start()], line
        line += text.count("\n", start, marker.start())
        start = marker.start() if marker[0] == "---" else marker.end()
    yield text[start:], line


def _read_part(part: str, line: int) -> Iterable[Document | Defect]:
    if _NOTHING.fullmatch(part):
        return []
    if not _JSON_PART.match(part):
        return _read_yaml(part, line)
    found = _read_json(part, line)
    first = next(found)
    if isinstance(first, Defect) and first.message.startswith("not JSON"):
        as_yaml = _read_yaml(part, line)  # a comment or a trailing comma makes it YAML
        if not any(isinstance(each, Defect) for each in as_yaml):
            return as_yaml
    return chain([first], found)


def _read_json(part: str, line: int) -> Iterator[Document | Defect]:
    """JSON values one after another; after a broken one the next `{` at the start of a line is tried."""
    end = 3 if part.startswith("---") else 0
    place = Place(line, end + 1)
    while (space := _JSON_START.match(part, end)) is not None:
        start = space.end()
        place = _end(part[end:start], place)
        try:
            end = _JSON.raw_decode(part, start)[1]
            yield from _Reader(_json_events(part[start:end], place)).read()
        except json.JSONDecodeError as error:
            following = _JSON_NEXT.search(part, start + 1)
            end = len(part) if following is None else following.start()
            at = _end(part[start : min(error.pos, end - 1)], place)
            what = error.msg if error.pos < end else "cut off"
            yield Defect(at, f"not JSON: {what}", "correct or complete the value")
        except RecursionError:
            yield Defect(place, *_TOO_DEEP, TOO_LARGE)
            end = len(part)
        except Defect as defect:
            yield defect
        place = _end(part[start:end], place)


def _json_events(text: str, first: Place) -> "Iterator[_Event]":
    """Of one value whose grammar is right: so commas and colons say nothing new."""
    line, begin = first.line, 1 - first.column  # where the line begins, in `text`
    for match in _JSON_TOKEN.finditer(text):
        token = match[0]
        if token == "\n":
            line, begin = line + 1, match.end()
            continue
        place = Place(line, match.start() - begin + 1)
        if token[0] == '"':
            value = _SURROGATE.sub("\ufffd", json.loads(token)) if "\\" in token else token[1:-1]
            yield _Event("scalar", place, value, value)
        elif token in "{[":
            yield _Event("map" if token == "{" else "list", place)
        else:
            yield _Event("end", place) if token in "]}" else _Event("scalar", place, _plain(token, place))


def _read_yaml(part: str, line: int) -> list[Document | Defect]:
    try:
        return _Reader(_yaml_events(part, line)).read()
    except Defect as defect:
        return [defect]
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        return [_yaml_defect(error, part, line)]


def _yaml_defect(error: Exception, part: str, line: int) -> Defect:
    """The parser's words, and what to do about the two mistakes that it explains worst."""
    key = getattr(error, "context", "") == "while scanning a simple key"  # whose end was not found
    mark: Any = getattr(error, "context_mark" if key else "problem_mark", None)  # None: a forbidden character
    before = part.encode()[: getattr(error, "position", 0)].decode(errors="ignore")
    place = _marked(mark, line) if mark else _end(before, Place(line, 1))
    if "nesting depth" in (getattr(error, "problem", None) or ""):  # libyaml has a limit of its own, above ours
        return Defect(place, *_TOO_DEEP, TOO_LARGE)
    wrong = "".join(part.split("\n")[place.line - line : place.line - line + 1])
    advice = "indent with spaces, not tabs" if "\t" in wrong else "correct this line or the one above it"
    if "{{" in wrong:
        advice = "render the template first, for example with `helm template`"
    what = getattr(error, "problem", None) or getattr(error, "reason", error)
    return Defect(place, f"not YAML: {what}", advice)


def _marked(mark: Any, line: int) -> Place:
    """The place of a parser's mark in a part that begins on the line."""
    return Place(line + mark.line, mark.column + 1)


class _Event(NamedTuple):
    """A step through a document, the same for YAML and JSON: "scalar", "alias", "map", "list" or "end"."""

    kind: str
    place: Place
    value: object = None  # of a scalar; the name that an alias refers to
    text: str | None = None  # of a scalar, as written
    anchor: str | None = None
    merge: bool = False  # a plain `<<`


def _yaml_events(part: str, first: int) -> Iterator[_Event]:
    for event in yaml.parse(part, Loader=_LOADER):
        place = _marked(event.start_mark, first) if event.start_mark else Place(first, 1)
        tag = getattr(event, "tag", None)
        if tag not in _TAGS:
            raise Defect(place, f"tag {quoted(str(tag))} means nothing to Kubernetes", "remove it")
        if isinstance(event, yaml.ScalarEvent):
            text = tag in _TEXT_TAGS or (tag is None and not event.implicit[0])
            value = event.value if text else _plain(event.value, place)
            yield _Event("scalar", place, value, event.value, event.anchor, value == "<<" and not text)
        elif isinstance(event, yaml.MappingStartEvent):
            yield _Event("map", place, anchor=event.anchor)
        elif isinstance(event, yaml.SequenceStartEvent):
            yield _Event("list", place, anchor=event.anchor)
        elif isinstance(event, yaml.CollectionEndEvent):
            yield _Event("end", place)
        elif isinstance(event, yaml.AliasEvent):
            yield _Event("alias", place, event.anchor)


def _plain(text: str, place: Place) -> object:
    """What unquoted text stands for. Numbers are as kubectl writes them to JSON: a whole float is an int."""
    if text in _WORDS:
        return _WORDS[text]
    digits = text.replace("_", "")
    if _INTEGER.fullmatch(digits):
        value: float = int(digits, 8 if _OCTAL.fullmatch(digits) else 0)
    elif _FLOAT.fullmatch(digits):
        value = float(digits)
        value = int(value) if value.is_integer() and abs(value) < 2**53 else value
    else:
        return text
    if not -(2**63) <= value < 2**64:
        raise Defect(place, f"the number {quoted(text)} does not fit in 64 bits", "quote it if it is text")
    return value


class _Reader:
    """Builds one document from its events, by recursion that is no deeper than `MAX_DEPTH`."""

    def __init__(self, events: Iterator[_Event]) -> None:
        self._events = events
        self._anchors: dict[str, tuple[object, Places, int] | None] = {}  # with the number of values; None: unfinished
        self._values = 0
        self._repeated: list[Document | Defect] = []

    def read(self) -> list[Document | Defect]:
        """One document, or its repeated keys, or nothing if it is empty. Raises `Defect` for anything else."""
        for event in self._events:
            value, places = self._value(event, event.place, 0)
            if value is not None:
                return self._repeated or [Document(value, places)]
        return []

    def _value(self, event: _Event, place: Place, depth: int) -> tuple[object, Places]:
        if event.kind == "alias":
            return self._alias(str(event.value), place)
        before = self._values
        self._count(1, place)
        self._anchors[event.anchor or ""] = None
        if event.kind == "scalar":
            value, places = event.value, Places(place, _NO_CHILDREN)
        elif depth == MAX_DEPTH:
            raise Defect(place, *_TOO_DEEP, TOO_LARGE)
        else:
            value, children = self._list(depth) if event.kind == "list" else self._mapping(depth)
            places = Places(place, children)
        self._anchors[event.anchor or ""] = value, places, self._values - before  # "": no alias has this name
        return value, places

    def _list(self, depth: int) -> tuple[object, dict[Step, Places]]:
        values: list[object] = []
        children: dict[Step, Places] = {}
        while (event := next(self._events)).kind != "end":
            value, children[len(values)] = self._value(event, event.place, depth + 1)
            values.append(value)
        return values, children

    def _mapping(self, depth: int) -> tuple[object, dict[Step, Places]]:
        mapping: dict[str, object] = {}
        children: dict[Step, Places] = {}
        sources: list[tuple[object, Places]] = []
        while (event := next(self._events)).kind != "end":
            key = event.text
            if key is None:
                raise Defect(event.place, "a key is not text", "quote it, or render it first if this is a template")
            self._value(event, event.place, depth + 1)
            value, at = self._value(next(self._events), event.place, depth + 1)
            if event.merge:
                sources += zip(value, at.children.values(), strict=True) if isinstance(value, list) else [(value, at)]
            elif key in mapping:
                first = f"key {quoted(key)} is already on line {children[key].place.line}"
                self._repeated.append(Defect(event.place, first, "keep one of the two", REPEATED_KEY))
            else:
                mapping[key], children[key] = value, at
        for source, places in sources:  # only adds what is not there yet
            if not isinstance(source, dict):
                raise Defect(places.place, "<< merges mappings only", "give it the alias of a mapping")
            for key in [key for key in source if key not in mapping]:
                mapping[key], children[key] = source[key], places.children[key]
        return mapping, children

    def _alias(self, name: str, place: Place) -> tuple[object, Places]:
        known = self._anchors.get(name)
        if known is None:
            what = "stands inside what it names" if name in self._anchors else f"comes before any anchor &{name}"
            raise Defect(place, f"alias *{name} {what}", "write the value out")
        value, places, values = known
        self._count(values, place)
        return value, places._replace(place=place)

    def _count(self, values: int, place: Place) -> None:
        self._values += values
        if self._values > MAX_VALUES:
            raise Defect(
                place, f"more than {MAX_VALUES:,} values in one document, aliases written out", "split it", TOO_LARGE
            )
