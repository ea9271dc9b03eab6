"""The conversation with scn: JSON-RPC 2.0, one message a line.

A thread reads; each call runs in a thread of its own, so that several may be open and a ``cancel`` is
heard while they are.
"""

from __future__ import annotations

import os
import sys
import threading
import traceback
from typing import TYPE_CHECKING, Any, Callable, Optional

from .call import Call, Cancelled
from .faults import EnvironmentFault, Fault, PluginFault, Refused
from .tasks import done
from .values import dumps, from_wire, loads, to_wire

if TYPE_CHECKING:
    from .plugin import Plugin

MAX_LINE = 64 * 1024 * 1024
"""The longest line that either side may write."""

FAREWELL = 3.0
"""How many seconds calls that are open have to end when the run is over."""


class Conversation:
    """What is said, line by line, and what comes of it. ``send`` takes whole lines."""

    def __init__(self, plugin: Plugin, send: Callable[[bytes], None]) -> None:
        self._plugin = plugin
        self._send = send
        self._initialized = False
        self._open: dict[int, Call] = {}
        self._threads: dict[int, threading.Thread] = {}
        self._starting = threading.Lock()
        self._started = False

    def hear(self, line: bytes) -> bool:
        """Heeds one line. False if nothing more is to come."""
        number: Any = None
        try:
            message = _message(line)
            number = message.get("id")
            return self._heed(message, number)
        except Refused as refused:
            # What wants no answer gets none, unless nobody can tell what it was.
            if number is not None or refused.code in (Refused.PARSE, Refused.REQUEST):
                self._answer_error(number, refused)
        return True

    def _heed(self, message: dict[str, Any], number: Any) -> bool:
        method, params = message.get("method"), message.get("params")
        if not isinstance(method, str):
            raise Refused(Refused.REQUEST, "it has no `method`")
        if params is None:
            params = {}
        if not isinstance(params, dict):
            raise Refused(Refused.PARAMS, "`params` is to be an object")
        if method == "initialize":
            self._answer(number, self._initialize(params))
        elif method == "call":
            self._begin(number, params)
        elif method == "cancel":
            which = params.get("call")
            call = self._open.get(which) if isinstance(which, int) else None
            # One that is unknown has just ended, most likely.
            if call is not None:
                call._cancel()
        elif method == "shutdown":
            self.end()
            self._answer(number, {})
            return False
        elif number is not None:
            raise Refused(Refused.METHOD, f"there is no method `{method}`")
        return True

    def _initialize(self, params: dict[str, Any]) -> dict[str, Any]:
        config = _read(params.get("config") or {})
        if not isinstance(config, dict):
            raise Refused(Refused.PARAMS, "`config` is to be an object")
        self._plugin.config = config
        self._plugin.environment = str(params.get("environment", ""))
        self._plugin.called = str(params.get("plugin") or self._plugin.name)
        self._plugin._notify = self._notify
        self._initialized = True
        return self._plugin.declaration()

    def _begin(self, number: Any, params: dict[str, Any]) -> None:
        if not isinstance(number, int):
            raise Refused(Refused.REQUEST, "a call has an `id`, which is a whole number")
        if not self._initialized:
            raise Refused(Refused.REQUEST, "`initialize` comes first")
        name = params.get("command")
        if name not in self._plugin._commands:
            raise Refused(Refused.METHOD, f"there is no command `{name}`")
        args, rest = params.get("args") or {}, params.get("rest") or []
        if not isinstance(args, dict) or not isinstance(rest, list):
            raise Refused(Refused.PARAMS, "`args` is to be an object, and `rest` a list")
        args, rest = {key: _read(value) for key, value in args.items()}, _read(rest)
        step = params.get("step")
        call = Call(
            number,
            str(name),
            str(params.get("run", "")),
            step if isinstance(step, int) else 0,
            _read(params.get("input")),
            self._notify,
        )
        thread = threading.Thread(
            target=self._perform, args=(call, args, rest), name=f"{name} {number}", daemon=True
        )
        self._open[number] = call
        self._threads[number] = thread
        thread.start()

    def _perform(self, call: Call, args: dict[str, Any], rest: list[Any]) -> None:
        try:
            self._start()
            value = self._plugin._commands[call.command].perform(call, args, rest)
            answer = _line({"id": call._number, "result": {"value": value}})
            if len(answer) > MAX_LINE:
                raise PluginFault(f"{call.command}: its result is larger than 64 MiB")
        except BaseException as error:  # whatever it is, the call is answered
            answer = _line(_told(call._number, error))
        self._open.pop(call._number, None)
        self._threads.pop(call._number, None)
        self._send(answer)

    def _start(self) -> None:
        with self._starting:
            if self._started:
                return
            if self._plugin._start is not None:
                try:
                    done(self._plugin._start())
                except (ConnectionError, TimeoutError) as error:
                    raise EnvironmentFault(f"{type(error).__name__}: {error}") from error
            self._started = True

    def end(self) -> None:
        """The run is over: what is open is cancelled, and what was started is stopped."""
        for call in list(self._open.values()):
            call._cancel()
        self._plugin._notify = None
        for thread in list(self._threads.values()):
            thread.join(FAREWELL)
        if self._started and self._plugin._stop is not None:
            self._started = False
            try:
                done(self._plugin._stop())
            except Exception:
                traceback.print_exc(file=sys.stderr)

    def _notify(self, method: str, params: dict[str, Any]) -> None:
        self._send(_line({"method": method, "params": params}))

    def _answer(self, number: Any, result: dict[str, Any]) -> None:
        if number is not None:
            self._send(_line({"id": number, "result": result}))

    def _answer_error(self, number: Any, refused: Refused) -> None:
        self._send(_line(_error(number, refused)))


def _message(line: bytes) -> dict[str, Any]:
    try:
        message = loads(line)
    except (ValueError, RecursionError) as error:
        raise Refused(Refused.PARSE, f"it is no JSON: {error}") from None
    if not isinstance(message, dict) or message.get("jsonrpc") != "2.0":
        raise Refused(Refused.REQUEST, 'it is no object with "jsonrpc":"2.0"')
    return message


def _read(value: Any) -> Any:
    try:
        return from_wire(value)
    except ValueError as error:
        raise Refused(Refused.PARAMS, str(error), "scenario") from None


def _line(message: dict[str, Any]) -> bytes:
    return (dumps(dict({"jsonrpc": "2.0"}, **message)) + "\n").encode("utf-8")


def _error(number: Any, refused: Refused) -> dict[str, Any]:
    error: dict[str, Any] = {"code": refused.code, "message": refused.message}
    if refused.blame:
        error["data"] = {"blame": refused.blame}
    return {"id": number, "error": error}


def _told(number: int, error: BaseException) -> dict[str, Any]:
    """What is answered to a call that ended with an exception."""
    if isinstance(error, Refused):
        return _error(number, error)
    if isinstance(error, Cancelled):
        return _fault(number, PluginFault(str(error)))
    if isinstance(error, Fault):
        try:
            return _fault(number, error)
        except (TypeError, ValueError) as wrong:
            error = wrong
    traceback.print_exception(type(error), error, error.__traceback__, file=sys.stderr)
    sys.stderr.flush()
    return _fault(number, PluginFault(f"{type(error).__name__}: {error}"))


def _fault(number: int, fault: Fault) -> dict[str, Any]:
    data: dict[str, Any] = {"blame": fault.blame}
    if fault.value is not None:
        data["value"] = to_wire(fault.value)
    error = {"code": int(fault.code), "message": to_wire(str(fault.message)), "data": data}
    return {"id": number, "error": error}


def serve(plugin: Plugin) -> None:
    """Speaks with scn on the standard streams until either end is done; ends the program."""
    # Whatever else prints or reads must not get between the messages: `print` goes to the log.
    incoming = os.fdopen(os.dup(0), "rb", buffering=1 << 16)
    outgoing = os.dup(1)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    os.dup2(2, 1)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    writing = threading.Lock()

    def send(line: bytes) -> None:
        try:
            with writing:
                view = memoryview(line)
                while view:
                    view = view[os.write(outgoing, view) :]
        except OSError:
            # Nobody listens any more: scn has gone.
            os._exit(1)

    conversation = Conversation(plugin, send)
    while True:
        line: Optional[bytes] = incoming.readline(MAX_LINE + 2)
        if not line:
            conversation.end()
            break
        if line.strip() and not conversation.hear(line):
            break
    sys.stdout.flush()
    sys.stderr.flush()
    # A call that does not heed `cancel` is no reason to stay.
    os._exit(0)
