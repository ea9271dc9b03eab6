"""Commands tried without scn, and without any environment::

    from scn_plugin.testing import Harness

    with Harness(plugin, config={"gateway": "127.0.0.1:9000"}) as scn:
        assert scn.call("greet", "Ada") == "Hello, Ada!"

Everything goes through the messages that scn and a plug-in exchange, so that a value arrives in
the command as it would in a run.
"""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Any, Optional

from .faults import BY_BLAME, PluginFault
from .plugin import Plugin
from .serve import Conversation
from .values import dumps, from_wire, loads, to_wire


class Harness:
    """Plays scn. Leaving the ``with`` block ends the run."""

    def __init__(
        self,
        plugin: Plugin,
        config: Optional[dict[str, Any]] = None,
        environment: str = "test",
        secrets: Optional[dict[str, str]] = None,
    ) -> None:
        self.logs: list[tuple[str, str]] = []
        """Level and text of each line of the log."""
        self.metrics: list[dict[str, Any]] = []
        """``subject``, ``name``, ``value`` and perhaps ``unit`` of each."""
        self.events: list[dict[str, Any]] = []
        """``subject``, ``message`` and ``data`` of each."""
        self.output: dict[str, bytes] = {"stdout": b"", "stderr": b""}
        """What was written to the steps' streams."""
        plugin._secrets = dict(secrets or {})
        self._answers: dict[int, Any] = {}
        self._heard = threading.Condition()
        self._next = 0
        self._conversation = Conversation(plugin, self._hear)
        params = {
            "protocol": 1,
            "plugin": plugin.name,
            "config": to_wire(config or {}),
            "environment": environment,
        }
        self.declaration = self._wait(self._ask("initialize", params))
        """What the plug-in says of itself."""

    def __enter__(self) -> Harness:
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self._wait(self._ask("shutdown", {}))

    def call(self, command: str, *words: Any, given: Any = None, **named: Any) -> Any:
        """Calls a command and gives its value; ``given`` is its input. Raises the fault that the
        command ended with."""
        return self.wait(self.begin(command, *words, given=given, **named))

    def begin(self, command: str, *words: Any, given: Any = None, **named: Any) -> int:
        """Begins a call, and gives its number for :meth:`wait` and :meth:`cancel`."""
        declared = next(
            (one for one in self.declaration["commands"] if one["name"] == command), None
        )
        params = declared["params"] if declared else []
        args = {param["name"]: param["default"] for param in params if "default" in param}
        free = [param["name"] for param in params if param["name"] not in named]
        args.update(zip(free, (to_wire(word) for word in words)))
        args.update({name: to_wire(value) for name, value in named.items()})
        rest = [to_wire(word) for word in words[len(free) :]]
        sent = {"command": command, "args": args, "rest": rest, "run": "test", "step": 1}
        if given is not None:
            sent["input"] = to_wire(given)
        return self._ask("call", sent)

    def wait(self, number: int) -> Any:
        """Waits for the answer of a call."""
        result = self._wait(number)
        return from_wire(result.get("value"))

    def cancel(self, number: int) -> None:
        """Says that a call is to end."""
        self._say({"method": "cancel", "params": {"call": number}})

    def _ask(self, method: str, params: dict[str, Any]) -> int:
        self._next += 1
        self._say({"id": self._next, "method": method, "params": params})
        return self._next

    def _say(self, message: dict[str, Any]) -> None:
        self._conversation.hear(dumps(dict({"jsonrpc": "2.0"}, **message)).encode("utf-8"))

    def _wait(self, number: int) -> Any:
        with self._heard:
            self._heard.wait_for(lambda: number in self._answers)
            answer = self._answers.pop(number)
        if "error" not in answer:
            return answer["result"]
        error = answer["error"]
        data = error.get("data") or {}
        kind = BY_BLAME.get(data.get("blame", "plugin"), PluginFault)
        raise kind(error["message"], from_wire(data.get("value")), error["code"])

    def _hear(self, line: bytes) -> None:
        message = loads(line)
        method, params = message.get("method"), message.get("params", {})
        with self._heard:
            if method is None:
                self._answers[message["id"]] = message
                self._heard.notify_all()
                return
            params = {key: from_wire(value) for key, value in params.items() if key != "call"}
            if method == "log":
                self.logs.append((params["level"], params["message"]))
            elif method == "metric":
                self.metrics.append(params)
            elif method == "event":
                self.events.append(params)
            elif method == "output":
                data = params["data"]
                self.output[params["stream"]] += data.encode() if isinstance(data, str) else data
