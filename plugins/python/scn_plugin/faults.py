"""Why a command was not done, and whose fault that was."""

from __future__ import annotations

from typing import Any, Optional


class Fault(Exception):
    """A command was not done. Raise one of the four below, which say whose fault it was.

    ``value`` is what the step gives all the same, beside the reason; ``code`` is a number of the
    plug-in's own, for whoever reads the messages.
    """

    blame = "plugin"

    def __init__(self, message: str, value: Any = None, code: int = 1) -> None:
        super().__init__(message)
        self.message = message
        self.value = value
        self.code = code


class SystemFault(Fault):
    """The system under test did not do what it should: the step is a FAIL."""

    blame = "system"


class PluginFault(Fault):
    """The plug-in cannot do it: an ERROR. Any other exception counts as this."""

    blame = "plugin"


class EnvironmentFault(Fault):
    """What surrounds it is wrong, a configuration or an address: an ERROR."""

    blame = "environment"


class ScenarioFault(Fault):
    """The scenario asks for what makes no sense: an ERROR."""

    blame = "scenario"


BY_BLAME: dict[str, type[Fault]] = {
    kind.blame: kind for kind in (SystemFault, PluginFault, EnvironmentFault, ScenarioFault)
}


class Refused(Exception):
    """A message that cannot be heeded, with JSON-RPC's own code."""

    PARSE = -32700
    REQUEST = -32600
    METHOD = -32601
    PARAMS = -32602

    def __init__(self, code: int, message: str, blame: Optional[str] = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.blame = blame
