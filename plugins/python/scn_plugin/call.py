"""What a command can reach while it runs."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any, Callable, Optional, Union

from .values import to_wire

Notify = Callable[[str, dict[str, Any]], None]


class Cancelled(Exception):
    """The call is to end: its time is up, or nobody wants its result any more."""


class Speaker:
    """What can be said, of a call or between calls."""

    def log(self, message: str, level: str = "info") -> None:
        """Puts a line into the run's log; ``level`` is debug, info, warning or error."""
        self._say("log", level=level, message=message)

    def metric(self, subject: str, name: str, value: Any, unit: Optional[str] = None) -> None:
        """Reports a metric of a component, which scenarios read as ``SUBJECT.NAME``. A plain number
        may have a unit, such as ``us``, ``MB`` or ``%``."""
        more = {} if unit is None else {"unit": unit}
        self._say("metric", subject=subject, name=name, value=to_wire(value), **more)

    def event(self, subject: str, message: str, data: Optional[Mapping[str, Any]] = None) -> None:
        """Reports that something happened, for ``wait event`` and ``never event``."""
        self._say("event", subject=subject, message=message, data=to_wire(dict(data or {})))

    def _say(self, method: str, **params: Any) -> None:
        raise NotImplementedError


class Call(Speaker):
    """One call of a command. A parameter that is annotated with it gets it; it is no parameter
    of the command's own."""

    def __init__(
        self, number: int, command: str, run: str, step: int, given: Any, notify: Notify
    ) -> None:
        self.command = command
        """The command's name."""
        self.run = run
        """The run's name."""
        self.step = step
        """The step's number in its run."""
        self.input = given
        """What the scenario gives it as its input (`input 'TEXT' COMMAND`), or None."""
        self._number = number
        self._notify = notify
        self._cancelled = threading.Event()
        self._on_cancel: list[Callable[[], Any]] = []

    def write(self, data: Union[str, bytes], stream: str = "stdout") -> None:
        """Writes to the step's ``stdout`` or ``stderr``, which the run's record keeps whole."""
        self._say("output", stream=stream, data=to_wire(data))

    @property
    def cancelled(self) -> bool:
        """Whether the call is to end. What takes long looks at it, and is killed if it does not."""
        return self._cancelled.is_set()

    def check(self) -> None:
        """Raises :class:`Cancelled` if the call is to end."""
        if self.cancelled:
            raise Cancelled("cancelled")

    def sleep(self, seconds: float) -> None:
        """Waits, and raises :class:`Cancelled` as soon as the call is to end."""
        self._cancelled.wait(seconds)
        self.check()

    def on_cancel(self, function: Callable[[], Any]) -> None:
        """Calls it, in another thread, as soon as the call is to end: for what waits somewhere that
        :meth:`check` is not reached."""
        self._on_cancel.append(function)
        if self.cancelled:
            function()

    def _cancel(self) -> None:
        self._cancelled.set()
        for function in list(self._on_cancel):
            threading.Thread(target=function, daemon=True).start()

    def _say(self, method: str, **params: Any) -> None:
        self._notify(method, dict({"call": self._number}, **params))
