"""From what a user names to the machine that is meant: a machine, its model, its configuration, or what makes one."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from enum import Enum, EnumMeta
from typing import Any

from podproof.verify.reading import Unreadable
from podproof.wording.near import did_you_mean
from transitions import Machine
from transitions.extensions import AsyncMachine, GraphMachine, HierarchicalMachine, LockedMachine
from transitions.extensions.nesting import NestedState

WANTED = (
    "a transitions Machine, its model, its configuration (a dict with states), or a class or function that makes one"
)


def machine_of(thing: Any) -> Machine:
    """The machine; raises Unreadable where there is none. Classes and functions without arguments are called."""
    found = _given(thing)
    if found is None and callable(thing) and not isinstance(thing, Machine):
        found = _given(_made(thing))
    if found is None:
        raise Unreadable(f"it is {_kind(thing)}; name {WANTED}")
    return found


def looks_like_one(thing: Any) -> bool:
    """Whether it is a machine or a configuration as it stands; nothing is called."""
    return isinstance(thing, Machine) or _is_configuration(thing)


def _given(thing: Any) -> Machine | None:
    if isinstance(thing, Machine):
        return _initialised(thing)
    if _is_configuration(thing):
        return _configured(thing)
    if isinstance(thing, type):
        return None
    own = getattr(thing, "machine", None)
    if isinstance(own, Machine):
        return _initialised(own)
    # A model: transitions has put its triggers on it.
    trigger = getattr(thing, "__dict__", {}).get("trigger")
    bound = getattr(trigger, "func", None)
    owner = getattr(bound, "__self__", None)
    if isinstance(owner, Machine):
        return owner
    kept = _kept(thing)
    if len(kept) > 1:
        raise Unreadable(f"it is {_kind(thing)} with several machines; name one of them: add .{' or .'.join(kept)}")
    return next(iter(kept.values()), None)


def _initialised(machine: Machine) -> Machine:
    """The machine, unless it is one by its class only: nobody called the constructor of `Machine`."""
    if "states" in vars(machine):
        return machine
    kept = _kept(machine)
    hint = "call super().__init__(states=..., ...) in it, or derive the class from object"
    if len(kept) == 1:
        (name,) = kept
        hint = f"the machine that it made is its attribute {name}: add .{name} to the name"
    raise Unreadable(f"it is {_kind(machine)} whose __init__ does not call that of Machine; {hint}")


def _kept(thing: Any) -> dict[str, Machine]:
    """The machines among its own attributes."""
    values = getattr(thing, "__dict__", {})
    return {name: each for name, each in values.items() if isinstance(each, Machine) and "states" in vars(each)}


def _made(thing: Callable[..., Any]) -> Any:
    try:
        inspect.signature(thing).bind()
    except (TypeError, ValueError) as error:
        raise Unreadable(f"it is {_kind(thing)} that cannot be called without arguments; name {WANTED}") from error
    return thing()


def _is_configuration(thing: Any) -> bool:
    return isinstance(thing, Mapping) and "states" in thing


def _configured(configuration: Mapping[str, Any]) -> Machine:
    """The machine of these keyword arguments, without a model."""
    takes = set(inspect.signature(Machine.__init__).parameters) - {"self", "kwargs", "model"}
    others = {name for cls in (GraphMachine, LockedMachine, AsyncMachine) for name in inspect.signature(cls).parameters}
    for key in configuration:
        if key not in takes | others | {"model", "models"}:
            hint = did_you_mean(str(key), sorted(takes))
            raise Unreadable(f"transitions' Machine takes no {key!r}{hint}")
    arguments = {key: _copied(value) for key, value in configuration.items() if key in takes}
    cls = HierarchicalMachine if _is_nested(arguments.get("states")) else Machine
    try:
        return cls(model=None, **arguments)
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        what = " ".join(str(error).split())
        raise Unreadable(f"transitions does not take this configuration: {type(error).__name__}: {what}") from error


def _is_nested(states: Any) -> bool:
    if isinstance(states, EnumMeta):
        return any(map(_is_nested_state, states))
    return any(map(_is_nested_state, states if isinstance(states, list | tuple) else [states]))


def _is_nested_state(state: Any) -> bool:
    if isinstance(state, Mapping):
        return bool({"children", "parallel"} & state.keys()) or isinstance(state.get("states"), list | tuple | EnumMeta)
    if isinstance(state, Enum):
        return isinstance(state.value, EnumMeta | dict)
    return isinstance(state, NestedState | HierarchicalMachine)


def _copied(value: Any) -> Any:
    """transitions writes into the dicts and lists that it is given; the user's stay as they are."""
    if type(value) is dict:
        return {key: _copied(each) for key, each in value.items()}
    if type(value) in (list, tuple):
        return type(value)(map(_copied, value))
    return value


def _kind(thing: Any) -> str:
    if isinstance(thing, type):
        return f"the class {thing.__name__}"
    name = type(thing).__name__
    return f"{'an' if name[0] in 'aeiouAEIOU' else 'a'} {name}"
