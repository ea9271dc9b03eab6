"""A plug-in of scn: what it does for scenarios is here, how it is used is in hello.scn."""

from typing import Annotated

from scn_plugin import Call, Plugin, ScenarioFault

plugin = Plugin("__NAME__", version="0.1")


@plugin.command(
    repeatable=True,
    examples=[("set text greet Ada times=2\necho #{text}", "Hello, Ada! Hello, Ada!")],
)
def greet(
    call: Call,
    who: Annotated[str, "who is greeted"],
    times: Annotated[int, "how often"] = 1,
) -> str:
    "Greets somebody."
    if not who:
        raise ScenarioFault("nobody is to be greeted")
    call.log(f"greeting {who}")
    # What the environment's `config` says.
    greeting = plugin.config.get("greeting", "Hello")
    return " ".join([f"{greeting}, {who}!"] * times)


if __name__ == "__main__":
    plugin.run()
