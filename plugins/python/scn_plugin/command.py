"""A command: a function, and what its signature says of it."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import (
    Any,
    Callable,
    Optional,
    Union,
    get_type_hints,
)

from . import kinds
from .call import Call
from .faults import Refused, ScenarioFault
from .tasks import done
from .values import to_wire

Example = Union[str, tuple[str, str]]


class Command:
    """A function that scenarios can call."""

    def __init__(
        self,
        function: Callable[..., Any],
        name: Optional[str],
        undo: Optional[str],
        repeatable: bool,
        examples: Sequence[Example],
    ) -> None:
        self.name: str = name or function.__name__
        self.function = function
        self._undo = undo
        self._repeatable = repeatable
        self._examples = examples
        self._params: dict[str, tuple[inspect.Parameter, kinds.Kind]] = {}
        self._rest: Optional[tuple[str, kinds.Kind]] = None
        self._call: Optional[str] = None
        hints = get_type_hints(function, include_extras=True)
        for param in inspect.signature(function).parameters.values():
            self._take(param, hints.get(param.name, inspect.Parameter.empty))
        self._returns = kinds.returned(hints.get("return", inspect.Parameter.empty))

    def _take(self, param: inspect.Parameter, annotation: Any) -> None:
        if annotation is Call:
            self._call = param.name
            return
        try:
            kind = kinds.of(annotation)
        except TypeError as error:
            raise TypeError(f"{self.name}: the parameter `{param.name}`: {error}") from None
        if param.kind is param.VAR_KEYWORD:
            raise TypeError(f"{self.name}: `**{param.name}` cannot be: words have names or none")
        if param.kind is param.POSITIONAL_ONLY:
            raise TypeError(f"{self.name}: `{param.name}` must be possible to give by its name")
        if param.kind is param.VAR_POSITIONAL:
            self._rest = (param.name, kind)
        elif self._rest is not None:
            raise TypeError(
                f"{self.name}: `{param.name}` comes after `*{self._rest[0]}`: words fill the "
                "parameters first, so none can stand after them"
            )
        else:
            self._params[param.name] = (param, kind)

    def declared(self) -> dict[str, Any]:
        """What scn is told of it."""
        params: list[dict[str, Any]] = []
        for name, (param, kind) in self._params.items():
            said = {"name": name, "type": kind.name, "help": kind.help}
            if param.default is not param.empty:
                said["default"] = to_wire(param.default)
            params.append(said)
        rest: Any = False
        if self._rest:
            name, kind = self._rest
            rest = {"name": name, "type": kind.name, "help": kind.help}
        told = {
            "name": self.name,
            "help": inspect.getdoc(self.function) or "",
            "params": params,
            "rest": rest,
            "returns": self._returns,
            "repeatable": self._repeatable,
            "examples": [_example(example) for example in self._examples],
        }
        if self._undo:
            told["undo"] = self._undo
        return told

    def perform(self, call: Call, args: dict[str, Any], rest: list[Any]) -> Any:
        """Does it, and gives what is to be written as JSON."""
        unknown = [name for name in args if name not in self._params]
        if unknown:
            raise Refused(Refused.PARAMS, f"{self.name} has no parameter `{unknown[0]}`")
        if rest and not self._rest:
            raise Refused(Refused.PARAMS, f"{self.name} takes no words beyond its parameters")
        given: dict[str, Any] = {}
        for name, (param, kind) in self._params.items():
            if name in args:
                # A default need not be of the type: `None`, most often.
                left_out = args[name] is None and param.default is None
                given[name] = None if left_out else _converted(name, kind, args[name])
            elif param.default is param.empty:
                raise Refused(Refused.PARAMS, f"{self.name}: `{name}` is lacking", "scenario")
        if self._call:
            given[self._call] = call
        return to_wire(done(self._invoke(given, self._words(rest)), call))

    def _words(self, rest: list[Any]) -> list[Any]:
        if not self._rest:
            return []
        name, kind = self._rest
        return [_converted(name, kind, word) for word in rest]

    def _invoke(self, given: dict[str, Any], words: list[Any]) -> Any:
        """Parameters before ``*words`` can only be given by their places."""
        if not self._rest:
            return self.function(**given)
        before: list[Any] = []
        for param in inspect.signature(self.function).parameters.values():
            if param.kind is not param.VAR_POSITIONAL and param.name in given:
                before.append(given.pop(param.name))
            elif param.kind is not param.VAR_POSITIONAL:
                before.append(param.default)
        return self.function(*before, *words)


def _converted(name: str, kind: kinds.Kind, value: Any) -> Any:
    try:
        return kind.convert(value)
    except ScenarioFault as fault:
        raise ScenarioFault(f"`{name}`: {fault.message}") from None
    except kinds.WrongValue as wrong:
        why = f"`{name}` is to be {kind.name}, and {wrong}"
        raise Refused(Refused.PARAMS, why, "scenario") from None


def _example(example: Example) -> dict[str, str]:
    if isinstance(example, str):
        return {"scenario": example}
    scenario, output = example
    return {"scenario": scenario, "output": output}
