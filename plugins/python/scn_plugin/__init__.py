"""Commands of scn's test scenarios, written in Python.

A command is a typed function; what it is called, what it takes and what it does is read off it::

    from scn_plugin import Plugin

    plugin = Plugin("greeter", version="1.0")

    @plugin.command
    def greet(name: str, times: int = 1) -> str:
        "Greets somebody."
        return " ".join([f"Hello, {name}!"] * times)

    if __name__ == "__main__":
        plugin.run()

An environment names the program in ``[plugins.greeter]``; then ``greet Ada times=2`` is a step.
"""

from .call import Call, Cancelled
from .faults import EnvironmentFault, Fault, PluginFault, ScenarioFault, SystemFault
from .plugin import Plugin
from .values import Duration, Percent, Size, Value

__all__ = [
    "Call",
    "Cancelled",
    "Duration",
    "EnvironmentFault",
    "Fault",
    "Percent",
    "Plugin",
    "PluginFault",
    "ScenarioFault",
    "Size",
    "SystemFault",
    "Value",
]
