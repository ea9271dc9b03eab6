"""A plug-in: its commands, and what it is given."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any, Callable, Optional, TypeVar, overload

from .call import Notify, Speaker
from .command import Command, Example
from .faults import EnvironmentFault

Function = TypeVar("Function", bound=Callable[..., Any])

PROTOCOL = 1
"""The version of the protocol that is spoken here."""


class Plugin(Speaker):
    """A plug-in. Commands are added with :meth:`command`; :meth:`run` speaks with scn.

    What it logs and reports itself belongs to no call: what a thread of its own has heard, say.
    """

    def __init__(self, name: str, version: str = "") -> None:
        self.name = name
        self.version = version
        self.config: dict[str, Any] = {}
        """``config`` of ``[plugins.NAME]``, known once scn has spoken."""
        self.environment = ""
        """The environment's name."""
        self.called = name
        """The environment's name for this plug-in."""
        self._commands: dict[str, Command] = {}
        self._start: Optional[Callable[[], Any]] = None
        self._stop: Optional[Callable[[], Any]] = None
        self._notify: Optional[Notify] = None
        self._secrets: dict[str, str] = {}

    @overload
    def command(self, function: Function) -> Function: ...

    @overload
    def command(
        self,
        *,
        name: Optional[str] = None,
        undo: Optional[str] = None,
        repeatable: bool = False,
        examples: Sequence[Example] = (),
    ) -> Callable[[Function], Function]: ...

    def command(
        self,
        function: Any = None,
        *,
        name: Optional[str] = None,
        undo: Optional[str] = None,
        repeatable: bool = False,
        examples: Sequence[Example] = (),
    ) -> Any:
        """Makes a function a command: ``@plugin.command``, or with more to say of it,
        ``@plugin.command(undo="cancel_order")``.

        ``name`` is what scenarios call it, if not as the function; ``undo`` is the command line
        that undoes it, which scn runs at the scenario's end: ``cancel_order #{result.id}``, or a name
        alone for the same words; ``repeatable`` says that doing it
        twice does no harm, so that a resumed run may; ``examples`` are scenarios, each alone or
        with what it must say.
        """

        def add(function: Function) -> Function:
            command = Command(function, name, undo, repeatable, examples)
            if command.name in self._commands:
                raise ValueError(f"there are two commands `{command.name}`")
            self._commands[command.name] = command
            return function

        return add if function is None else add(function)

    def on_start(self, function: Callable[[], Any]) -> Callable[[], Any]:
        """Calls it once before the first command: the place to connect, with
        :attr:`config` at hand. scn asks a plug-in what it can do without any of this, as that must
        not touch the system. If it raises, so does the command, and the next one tries again."""
        self._start = function
        return function

    def on_stop(self, function: Callable[[], Any]) -> Callable[[], Any]:
        """Calls it at the run's end, if :meth:`on_start`'s was called."""
        self._stop = function
        return function

    def secret(self, name: str) -> str:
        """A secret that the environment grants to this plug-in."""
        value = self._secrets.get(name, os.environ.get(name.upper()))
        if value is None:
            raise EnvironmentFault(
                f"the secret `{name}` was not granted: [plugins.{self.called}] secrets = [{name!r}]"
            )
        return value

    def declaration(self) -> dict[str, Any]:
        """What scn is told of it."""
        commands = [command.declared() for command in self._commands.values()]
        return {
            "protocol": PROTOCOL,
            "name": self.name,
            "version": self.version,
            "commands": commands,
        }

    def _say(self, method: str, **params: Any) -> None:
        # Before anybody asked, and after the end, there is nobody to say it to.
        if self._notify is not None:
            self._notify(method, params)

    def run(self) -> None:
        """Speaks with scn until it says that the run is over, and ends the program."""
        from .serve import serve

        if sys.stdin.isatty():
            words = f"{os.path.basename(sys.executable)} {sys.argv[0]}"
            sys.exit(
                f"{self.name} is a plug-in of scn, which starts it: try `scn plugin check {words}`, "
                f"and name it in an environment under [plugins.{self.name}]"
            )
        serve(self)
