"""The values of scenarios that Python has no type for, and how all of them travel."""

from __future__ import annotations

import base64
import dataclasses
import datetime
import enum
import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Union

_TIME_UNITS: tuple[tuple[str, int], ...] = (
    ("d", 86_400_000_000_000),
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("ns", 1),
)
_SIZE_UNITS: tuple[tuple[str, int], ...] = (
    ("EB", 10**18),
    ("PB", 10**15),
    ("TB", 10**12),
    ("GB", 10**9),
    ("MB", 10**6),
    ("KB", 10**3),
    ("EiB", 1 << 60),
    ("PiB", 1 << 50),
    ("TiB", 1 << 40),
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("B", 1),
)


@dataclasses.dataclass(frozen=True, order=True)
class Duration:
    """A time such as ``250ms`` or ``1m30s``, to the nanosecond."""

    nanoseconds: int

    @classmethod
    def of(cls, seconds: Union[int, float, Decimal]) -> Duration:
        """So many seconds."""
        return cls(round(Decimal(str(seconds)) * 1_000_000_000))

    @classmethod
    def parse(cls, text: str) -> Duration:
        """Reads ``250ms`` or ``1m30s``. Raises ``ValueError`` if it is none."""
        sign, rest = (-1, text[1:]) if text.startswith("-") else (1, text)
        if not re.fullmatch(r"(\d+(\.\d+)?[a-zµ]+)+", rest):
            raise ValueError(f"no duration: {text!r}")
        units = dict(_TIME_UNITS, **{"µs": 1_000})
        total, last = Decimal(0), None
        for number, _, unit in re.findall(r"(\d+(\.\d+)?)([a-zµ]+)", rest):
            size = units.get(unit)
            if size is None or (last is not None and size >= last):
                raise ValueError(f"no duration: {text!r}")
            total, last = total + Decimal(number) * size, size
        return cls(sign * round(total))

    @property
    def seconds(self) -> float:
        """In seconds."""
        return self.nanoseconds / 1_000_000_000

    @property
    def timedelta(self) -> datetime.timedelta:
        """As Python's own, to the microsecond."""
        return datetime.timedelta(microseconds=self.nanoseconds // 1_000)

    def __add__(self, other: Duration) -> Duration:
        if not isinstance(other, Duration):
            return NotImplemented
        return Duration(self.nanoseconds + other.nanoseconds)

    def __sub__(self, other: Duration) -> Duration:
        if not isinstance(other, Duration):
            return NotImplemented
        return Duration(self.nanoseconds - other.nanoseconds)

    def __str__(self) -> str:
        rest, text = abs(self.nanoseconds), ""
        for unit, size in _TIME_UNITS[:3]:
            if rest >= size:
                text += f"{rest // size}{unit}"
                rest %= size
        if rest or not text:
            units = _TIME_UNITS[3:4] if text or not rest else _TIME_UNITS[3:]
            unit, size = next(known for known in units if rest >= known[1] or len(units) == 1)
            text += f"{_plain(Decimal(rest) / size)}{unit}"
        return f"-{text}" if self.nanoseconds < 0 else text


class Size(int):
    """A size such as ``500MB``: its bytes, and a whole number in all else."""

    @classmethod
    def parse(cls, text: str) -> Size:
        """Reads ``500MB`` or ``64KiB``. Raises ``ValueError`` if it is none."""
        found = re.fullmatch(r"(-?\d+(?:\.\d+)?)([A-Za-z]+)", text)
        units = dict(_SIZE_UNITS, kB=10**3, kiB=1 << 10)
        if not found or found[2] not in units:
            raise ValueError(f"no size: {text!r}")
        return cls(round(Decimal(found[1]) * units[found[2]]))

    def __str__(self) -> str:
        if self == 0:
            return "0B"
        unit, size = next(known for known in _SIZE_UNITS if int(self) % known[1] == 0)
        return f"{int(self) // size}{unit}"

    def __repr__(self) -> str:
        return f"Size({int(self)})"


class Percent(Decimal):
    """A percentage: ``Percent(15)`` is 15 %, and a decimal in all else."""

    def __str__(self) -> str:
        return f"{_plain(self)}%"

    def __repr__(self) -> str:
        return f"Percent('{_plain(self)}')"


DEEPEST = 100
"""Lists and maps in one another go no deeper than this."""

Value = Union[
    None,
    bool,
    int,
    Decimal,
    str,
    bytes,
    Duration,
    Size,
    Percent,
    datetime.datetime,
    list[Any],
    dict[str, Any],
]
"""What a command gets. What it returns may be of these, and also a float, a ``timedelta``, a
tuple, a set, an enumeration's member or a dataclass."""


def _plain(number: Decimal) -> str:
    """A decimal's digits, without exponent and trailing zeros."""
    text = Decimal.__format__(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


class _Number:
    """A number that is written with just these digits."""

    def __init__(self, digits: str) -> None:
        self.digits = digits


def _decimal(number: Decimal) -> _Number:
    if not number.is_finite():
        raise ValueError(f"{Decimal(number)} is no number that a scenario has")
    digits = _plain(number)
    # With a point even where it is whole: that is what tells it from a whole number.
    return _Number(digits if "." in digits else f"{digits}.0")


def to_wire(value: Any, depth: int = 0) -> Any:
    """A value as what is written as JSON. Raises if a scenario has no such value."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, enum.Enum):
        return to_wire(value.value, depth)
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Size):
        return {"$size": str(value)}
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return _decimal(Decimal(repr(float(value))))
    if isinstance(value, Percent):
        return {"$percent": _Number(_plain(value))}
    if isinstance(value, Decimal):
        return _decimal(value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return {"$bytes": base64.b64encode(value).decode("ascii")}
    if isinstance(value, Duration):
        return {"$duration": str(value)}
    if isinstance(value, datetime.timedelta):
        micros = value // datetime.timedelta(microseconds=1)
        return {"$duration": str(Duration(micros * 1_000))}
    if isinstance(value, datetime.datetime):
        return {"$moment": _moment(value)}
    if depth == DEEPEST:
        raise ValueError(f"lists and maps are nested deeper than {DEEPEST}")
    return _composed(value, depth + 1)


def _composed(value: Any, depth: int) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = dataclasses.fields(value)
        return {field.name: to_wire(getattr(value, field.name), depth) for field in fields}
    if isinstance(value, Mapping):
        return {_key(key): to_wire(inner, depth) for key, inner in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [to_wire(inner, depth) for inner in value]
    raise TypeError(f"a {type(value).__name__} is nothing that a scenario can have")


def _key(key: Any) -> str:
    if isinstance(key, str):
        return _text(key)
    if isinstance(key, int) and not isinstance(key, bool):
        return str(int(key))
    raise TypeError(f"the key of a map is a text, and not {key!r}")


def _text(text: str) -> str:
    """Half of a surrogate pair is no text that can be sent."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _moment(moment: datetime.datetime) -> str:
    if moment.tzinfo is None:
        raise ValueError("a datetime without a time zone is no moment")
    return moment.astimezone(datetime.timezone.utc).isoformat().replace("+00:00", "Z")


def from_wire(json_value: Any) -> Any:
    """A value out of JSON that was read by :func:`loads`. Raises ``ValueError``."""
    if isinstance(json_value, list):
        return [from_wire(inner) for inner in json_value]
    if not isinstance(json_value, dict):
        return json_value
    if len(json_value) == 1:
        ((tag, inner),) = json_value.items()
        read = _TAGS.get(tag)
        if read is not None:
            try:
                return read(inner)
            except Exception as error:
                raise ValueError(f"{inner!r} is no {tag[1:]}: {error}") from None
    return {key: from_wire(inner) for key, inner in json_value.items()}


def _read_moment(text: str) -> datetime.datetime:
    found = re.fullmatch(r"([^.Zz+]+?)(?:\.(\d+))?([Zz]|[+-]\d\d:\d\d)", text)
    if not found:
        raise ValueError("no RFC 3339")
    zone = "+00:00" if found[3] in "Zz" else found[3]
    micros = (found[2] or "0")[:6].ljust(6, "0")
    return datetime.datetime.fromisoformat(f"{found[1]}.{micros}{zone}")


_TAGS = {
    "$duration": Duration.parse,
    "$size": Size.parse,
    "$percent": lambda number: Percent(number),
    "$bytes": lambda text: base64.b64decode(text, validate=True),
    "$moment": _read_moment,
}


def loads(line: bytes) -> Any:
    """Reads JSON, every digit of its numbers kept."""
    return json.loads(line.decode("utf-8"), parse_float=Decimal)


def dumps(json_value: Any) -> str:
    """Writes what :func:`to_wire` made of a value, on one line."""
    parts: list[str] = []
    _write(json_value, parts.append)
    return "".join(parts)


def _write(value: Any, put: Any) -> None:
    if isinstance(value, _Number):
        put(value.digits)
    elif isinstance(value, dict):
        put("{")
        for at, (key, inner) in enumerate(value.items()):
            put(("," if at else "") + json.dumps(key, ensure_ascii=False) + ":")
            _write(inner, put)
        put("}")
    elif isinstance(value, list):
        put("[")
        for at, inner in enumerate(value):
            if at:
                put(",")
            _write(inner, put)
        put("]")
    else:
        put(json.dumps(value, ensure_ascii=False))
