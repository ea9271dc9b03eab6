import asyncio
import threading
import unittest
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal, Optional

from scn_plugin import (
    Call,
    Duration,
    EnvironmentFault,
    Fault,
    Percent,
    Plugin,
    PluginFault,
    ScenarioFault,
    Size,
    SystemFault,
)
from scn_plugin.testing import Harness


def only(plugin):
    return plugin.declaration()["commands"][0]


class Declarations(unittest.TestCase):
    def test_a_function_says_what_its_command_takes(self):
        plugin = Plugin("p", version="1.2")

        @plugin.command(
            undo="cancel", repeatable=True, examples=["send buy 1", ("send buy 1", "A1")]
        )
        def send(
            call: Call,
            side: Literal["buy", "sell"],
            qty: Annotated[int, "how many"],
            price: Decimal = Decimal("1.5"),
            within: Duration = Duration.of(1),
            note: Optional[str] = None,
        ) -> dict[str, Any]:
            """Sends an order.

            More of it."""
            return {}

        self.assertEqual(plugin.declaration()["protocol"], 1)
        with Harness(plugin) as scn:
            (said,) = scn.declaration["commands"]
        self.assertEqual(said["name"], "send")
        self.assertEqual(said["help"], "Sends an order.\n\nMore of it.")
        self.assertEqual(said["undo"], "cancel")
        self.assertIs(said["repeatable"], True)
        self.assertEqual(said["returns"], "map")
        self.assertEqual(
            said["examples"],
            [{"scenario": "send buy 1"}, {"scenario": "send buy 1", "output": "A1"}],
        )
        self.assertEqual(
            [(param["name"], param["type"], param.get("default")) for param in said["params"]],
            [
                ("side", "text", None),
                ("qty", "int", None),
                ("price", "decimal", Decimal("1.5")),
                ("within", "duration", {"$duration": "1s"}),
                ("note", "text", None),
            ],
        )
        self.assertEqual(
            [param["help"] for param in said["params"]][:2], ["one of buy, sell", "how many"]
        )
        self.assertEqual(
            ["default" in param for param in said["params"]], [False, False, True, True, True]
        )

    def test_what_it_returns_has_its_type(self):
        @dataclass
        class Order:
            id: str

        for annotation, name in [
            (Duration, "duration"),
            (Order, "map"),
            (None, "any"),
            (Any, "any"),
            (set, "any"),
        ]:
            plugin = Plugin("p")

            def give():
                pass

            give.__annotations__["return"] = annotation
            plugin.command(give)
            self.assertEqual(only(plugin)["returns"], name, annotation)

    def test_every_type_has_its_name(self):
        for annotation, name in [
            (str, "text"), (int, "int"), (bool, "bool"), (float, "decimal"), (Decimal, "decimal"), (Size, "size"),
            (Duration, "duration"), (timedelta, "duration"), (Percent, "percent"), (list, "list"), (list[int], "list"),
            (dict, "map"), (dict[str, int], "map"), (Any, "any"), (bytes, "any"), (Optional[int], "int"),
        ]:  # fmt: skip
            plugin = Plugin("p")

            def take(value):
                pass

            take.__annotations__["value"] = annotation
            plugin.command(take)
            self.assertEqual(only(plugin)["params"][0]["type"], name, annotation)

    def test_what_cannot_be_is_said_as_the_program_starts(self):
        plugin = Plugin("p")
        with self.assertRaisesRegex(
            TypeError, "take: the parameter `lock`: no value of a scenario is a Event"
        ):

            @plugin.command
            def take(lock: threading.Event) -> None: ...

        with self.assertRaisesRegex(TypeError, r"`\*\*more` cannot be"):

            @plugin.command
            def more(**more: str) -> None: ...

        with self.assertRaisesRegex(TypeError, r"`last` comes after `\*words`"):

            @plugin.command
            def after(*words: str, last: int = 1) -> None: ...

        plugin.command(name="a")(lambda: None)
        with self.assertRaisesRegex(ValueError, "two commands `a`"):
            plugin.command(name="a")(lambda: None)


class Calls(unittest.TestCase):
    def setUp(self):
        self.plugin = plugin = Plugin("p")
        self.began = threading.Event()

        @plugin.command
        def give(value, last: str = "z", *more: int):
            return [value, list(more), last]

        @plugin.command
        def types(a: float, b: timedelta, c: list[int], d: bytes = b"") -> Any:
            return [type(a).__name__, type(b).__name__, c, d]

        @plugin.command
        def choose(side: Literal["buy", "sell"], note: Optional[str] = None) -> str:
            return f"{side} {note}"

        @plugin.command
        def reject(blame: str) -> None:
            raise {
                "system": SystemFault("not filled", value={"id": "A1"}, code=7),
                "environment": EnvironmentFault("no gateway"),
                "scenario": ScenarioFault("no such side"),
                "plugin": PluginFault("not done"),
                "value": SystemFault("x", value=object()),
            }.get(blame) or KeyError(blame)

        @plugin.command
        def observe(call: Call) -> Any:
            call.log("looking", level="debug")
            call.metric("System", "latency", 10, unit="us")
            call.event("System", "FILL 100", {"id": "A1"})
            call.write("out")
            call.write(b"\xff", stream="stderr")
            return call.input

        @plugin.command
        def patient(call: Call) -> None:
            self.began.set()
            call.sleep(600)

        @plugin.command
        def token() -> str:
            return plugin.secret("some_token")

        self.scn = Harness(plugin, config={"limit": Duration.of(2)})

    def test_words_become_what_the_function_takes(self):
        self.assertEqual(self.scn.call("give", "a", "y", 1, 2), ["a", [1, 2], "y"])
        self.assertEqual(self.scn.call("give", last="y", value=1), [1, [], "y"])
        self.assertEqual(self.scn.call("give", "a", "b"), ["a", [], "b"])
        self.assertEqual(
            self.scn.call("types", 1, Duration.of(1), [1], "x"), ["float", "timedelta", [1], b"x"]
        )
        self.assertEqual(self.scn.call("choose", "buy"), "buy None")
        self.assertEqual(self.plugin.config, {"limit": Duration.of(2)})
        self.assertEqual(self.plugin.environment, "test")

    def test_what_does_not_fit_is_the_scenarios_fault(self):
        for command, words, reason in [
            ("choose", ["hold"], "`side`: it is one of buy, sell, and not hold"),
            ("choose", [], "choose: `side` is lacking"),
            ("types", [True, Duration.of(1), []], "`a` is to be decimal"),
            ("types", [1, Duration.of(1), ["x"]], "`c` is to be list"),
        ]:
            with self.assertRaisesRegex(ScenarioFault, reason):
                self.scn.call(command, *words)
        with self.assertRaisesRegex(Fault, "choose has no parameter `other`"):
            self.scn.call("choose", "buy", other=1)
        with self.assertRaisesRegex(Fault, "takes no words beyond"):
            self.scn.call("choose", "buy", "a", "b")
        with self.assertRaisesRegex(Fault, "there is no command `other`"):
            self.scn.call("other")

    def test_a_fault_says_whose_it_is(self):
        with self.assertRaises(SystemFault) as caught:
            self.scn.call("reject", "system")
        self.assertEqual((caught.exception.value, caught.exception.code), ({"id": "A1"}, 7))
        for blame, kind, reason in [
            ("environment", EnvironmentFault, "no gateway"),
            ("scenario", ScenarioFault, "no such side"),
            ("plugin", PluginFault, "not done"),
        ]:
            with self.assertRaisesRegex(kind, reason):
                self.scn.call("reject", blame)

    def test_what_nobody_caught_is_the_plug_ins_fault_and_in_its_log(self):
        import contextlib
        import io

        log = io.StringIO()
        with contextlib.redirect_stderr(log):
            with self.assertRaisesRegex(PluginFault, "KeyError: 'other'"):
                self.scn.call("reject", "other")
            with self.assertRaisesRegex(
                PluginFault, "TypeError: a object is nothing that a scenario"
            ):
                self.scn.call("reject", "value")
        self.assertIn("Traceback", log.getvalue())
        self.assertIn("in reject", log.getvalue())

    def test_what_is_said_meanwhile_arrives(self):
        self.assertEqual(self.scn.call("observe", given="text"), "text")
        self.assertEqual(self.scn.logs, [("debug", "looking")])
        self.assertEqual(
            self.scn.metrics, [{"subject": "System", "name": "latency", "value": 10, "unit": "us"}]
        )
        self.assertEqual(
            self.scn.events, [{"subject": "System", "message": "FILL 100", "data": {"id": "A1"}}]
        )
        self.assertEqual(self.scn.output, {"stdout": b"out", "stderr": b"\xff"})

    def test_a_call_is_cancelled_while_others_run(self):
        patient = self.scn.begin("patient")
        self.assertTrue(self.began.wait(60))
        self.assertEqual(self.scn.call("choose", "buy"), "buy None")
        self.scn.cancel(patient)
        with self.assertRaisesRegex(Fault, "cancelled"):
            self.scn.wait(patient)
        self.scn.cancel(patient)

    def test_a_call_that_waits_elsewhere_is_told_that_it_is_cancelled(self):
        woken = threading.Event()

        @self.plugin.command
        def elsewhere(call: Call) -> bool:
            call.on_cancel(woken.set)
            self.began.set()
            return woken.wait(60)

        scn = Harness(self.plugin)
        number = scn.begin("elsewhere")
        self.assertTrue(self.began.wait(60))
        scn.cancel(number)
        self.assertIs(scn.wait(number), True)

    def test_a_command_may_be_a_coroutine(self):
        plugin = Plugin("p")
        said = []

        @plugin.on_start
        async def start() -> None:
            said.append(asyncio.get_running_loop())

        @plugin.command
        async def add(a: int, b: int = 1) -> int:
            said.append(asyncio.get_running_loop())
            await asyncio.sleep(0)
            return a + b

        @plugin.command
        async def forever(call: Call) -> None:
            self.began.set()
            await asyncio.sleep(600)

        @plugin.command
        async def reject() -> None:
            raise SystemFault("not done")

        with Harness(plugin) as scn:
            self.assertEqual(scn.call("add", 1), 2)
            number = scn.begin("forever")
            self.assertTrue(self.began.wait(60))
            self.assertEqual(scn.call("add", 1, 2), 3)
            scn.cancel(number)
            with self.assertRaisesRegex(Fault, "cancelled"):
                scn.wait(number)
            with self.assertRaisesRegex(SystemFault, "not done"):
                scn.call("reject")
        self.assertEqual(len(set(said)), 1, "all in one loop")

    def test_a_secret_that_was_not_granted_is_the_environments_fault(self):
        with self.assertRaisesRegex(
            EnvironmentFault, r"`some_token` was not granted: \[plugins.p\] secrets"
        ):
            self.scn.call("token")
        granted = Harness(self.plugin, secrets={"some_token": "tops3cret"})
        self.assertEqual(granted.call("token"), "tops3cret")


class Life(unittest.TestCase):
    def test_it_can_speak_between_calls(self):
        plugin = Plugin("p")
        plugin.event("System", "nobody hears it")
        with Harness(plugin) as scn:
            plugin.log("a thread has heard something")
            plugin.event("System", "FILL 100", {"id": "A1"})
            self.assertEqual(scn.logs, [("info", "a thread has heard something")])
            self.assertEqual(
                scn.events, [{"subject": "System", "message": "FILL 100", "data": {"id": "A1"}}]
            )

    def test_it_starts_with_the_first_call_and_stops_if_it_was_started(self):
        said = []
        plugin = Plugin("p")
        plugin.on_start(lambda: said.append(f"start {plugin.config['port']}"))
        plugin.on_stop(lambda: said.append("stop"))
        plugin.command(name="give")(lambda: said.append("give"))
        with Harness(plugin, config={"port": 1}):
            pass
        self.assertEqual(said, [])
        with Harness(plugin, config={"port": 2}) as scn:
            scn.call("give")
            scn.call("give")
        self.assertEqual(said, ["start 2", "give", "give", "stop"])

    def test_a_start_that_fails_is_tried_again(self):
        plugin = Plugin("p")
        tries = []

        @plugin.on_start
        def start():
            tries.append(1)
            if len(tries) == 1:
                raise ConnectionRefusedError("nobody is there")

        plugin.command(name="give")(lambda: 1)
        with Harness(plugin) as scn:
            with self.assertRaisesRegex(EnvironmentFault, "nobody is there"):
                scn.call("give")
            self.assertEqual(scn.call("give"), 1)


if __name__ == "__main__":
    unittest.main()
