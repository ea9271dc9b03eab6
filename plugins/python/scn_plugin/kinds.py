"""Python's types as the types that a parameter can have: what scn checks before a run."""

from __future__ import annotations

import dataclasses
import datetime
import inspect
from decimal import Decimal
from typing import (
    Annotated,
    Any,
    Callable,
    Literal,
    NamedTuple,
    Optional,
    Union,
    get_args,
    get_origin,
)

from .faults import ScenarioFault
from .values import Duration, Percent, Size

try:  # `int | None`, since Python 3.10
    from types import UnionType as _Union
except ImportError:  # pragma: no cover
    _Union = Union  # type: ignore[misc, assignment]


class Kind(NamedTuple):
    """A type as scn names it, how a value becomes what the function expects, and its help."""

    name: str
    convert: Callable[[Any], Any]
    help: str = ""


class WrongValue(Exception):
    """A value is not of the type that was declared."""


def of(annotation: Any) -> Kind:
    """The type that an annotation means. Raises ``TypeError`` if no value of a scenario is so."""
    if get_origin(annotation) is Annotated:
        inner, *notes = get_args(annotation)
        said = " ".join(note for note in notes if isinstance(note, str))
        return of(inner)._replace(help=said)
    if annotation in (inspect.Parameter.empty, Any, object):
        return Kind("any", lambda value: value)
    if annotation is None or annotation is type(None):
        return Kind("any", lambda value: value)
    if annotation in _PLAIN:
        return _PLAIN[annotation]
    origin = get_origin(annotation)
    if origin is Literal:
        return _choice(get_args(annotation))
    if origin is Union or origin is _Union:
        return _union(get_args(annotation))
    if origin is not None and isinstance(origin, type):
        if issubclass(origin, (list, tuple, set)) or origin.__name__ in ("Sequence", "Iterable"):
            return _list_of(get_args(annotation))
        if issubclass(origin, dict) or origin.__name__ in ("Mapping", "MutableMapping"):
            return _map_of(get_args(annotation))
    raise TypeError(
        f"no value of a scenario is a {getattr(annotation, '__name__', annotation)}: there are "
        "str, int, Decimal, float, bool, bytes, Duration, Size, Percent, datetime, timedelta, "
        "list, dict, Literal, and Any"
    )


def returned(annotation: Any) -> str:
    """The type that a function returns, ``any`` where scn has none of it."""

    if annotation not in _PLAIN and dataclasses.is_dataclass(annotation):
        return "map"
    try:
        return of(annotation).name
    except TypeError:
        return "any"


def _exactly(*types: type) -> Callable[[Any], Any]:
    def convert(value: Any) -> Any:
        if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
            raise WrongValue(f"is not of that type: {value!r}")
        return value

    return convert


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(_exactly(str)(value))


def _bytes(value: Any) -> bytes:
    return value.encode("utf-8") if isinstance(value, str) else bytes(_exactly(bytes)(value))


def _number(value: Any) -> Any:
    return _exactly(int, Decimal)(value)


def _time(value: Any) -> Duration:
    return _exactly(Duration)(value)  # type: ignore[no-any-return]


_PLAIN: dict[Any, Kind] = {
    str: Kind("text", _text),
    int: Kind("int", _exactly(int)),
    bool: Kind("bool", _exactly(bool)),
    Decimal: Kind("decimal", lambda value: Decimal(_number(value))),
    float: Kind("decimal", lambda value: float(_number(value))),
    bytes: Kind("any", _bytes),
    Duration: Kind("duration", _time),
    datetime.timedelta: Kind("duration", lambda value: _time(value).timedelta),
    datetime.datetime: Kind("any", _exactly(datetime.datetime)),
    Size: Kind("size", _exactly(Size)),
    Percent: Kind("percent", _exactly(Percent)),
    list: Kind("list", _exactly(list)),
    tuple: Kind("list", lambda value: tuple(_exactly(list)(value))),
    dict: Kind("map", _exactly(dict)),
}


def _choice(choices: Any) -> Kind:
    """One of some texts; scn knows of a text, and the choice is seen to here."""
    if not all(isinstance(choice, str) for choice in choices):
        raise TypeError("a Literal is one of texts")

    def convert(value: Any) -> Any:
        if value not in choices:
            raise ScenarioFault(f"it is one of {', '.join(choices)}, and not {value}")
        return value

    return Kind("text", convert, f"one of {', '.join(choices)}")


def _union(members: Any) -> Kind:
    """``Optional[T]`` is a T that may be left out; of other unions nothing is known."""
    others = [member for member in members if member is not type(None)]
    if len(others) != 1:
        return Kind("any", lambda value: value)
    inner = of(others[0])
    return inner._replace(convert=lambda value: None if value is None else inner.convert(value))


def _list_of(inner: Any) -> Kind:
    element: Optional[Kind] = of(inner[0]) if inner else None

    def convert(value: Any) -> list[Any]:
        plain = _exactly(list)(value)
        return [element.convert(one) for one in plain] if element else list(plain)

    return Kind("list", convert)


def _map_of(inner: Any) -> Kind:
    element: Optional[Kind] = of(inner[1]) if len(inner) == 2 else None

    def convert(value: Any) -> dict[str, Any]:
        plain = _exactly(dict)(value)
        return {key: element.convert(one) if element else one for key, one in plain.items()}

    return Kind("map", convert)
