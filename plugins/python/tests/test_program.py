"""The program as scn meets it: a process, and lines."""

import json
import os
import subprocess
import sys
import tempfile
import time
import unittest

PROGRAM = """
import subprocess, sys, time
from scn_plugin import Call, Plugin
plugin = Plugin("p", version="1")

@plugin.command
def give(value):
    print("printed")
    subprocess.run(["echo", "by a child"])
    sys.stdin.read()
    return value

@plugin.command
def deaf():
    print("deaf", flush=True)
    time.sleep(600)

@plugin.command
def large(size: int):
    return "x" * size

@plugin.on_stop
def stop():
    print("stopped", flush=True)

plugin.run()
"""


class Program(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        path = os.path.join(folder.name, "plugin.py")
        with open(path, "w") as file:
            file.write(PROGRAM)
        package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        self.log = open(os.path.join(folder.name, "log"), "w+")
        self.addCleanup(self.log.close)
        self.process = subprocess.Popen(
            [sys.executable, path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log,
            env=dict(os.environ, PYTHONPATH=package),
        )
        self.addCleanup(self.end)
        self.ask(1, "initialize", protocol=1, plugin="p", config={}, environment="local")
        self.assertEqual(self.answer()["result"]["protocol"], 1)

    def end(self):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()

    def say(self, line):
        self.process.stdin.write(line + b"\n")
        self.process.stdin.flush()

    def ask(self, number, method, **params):
        message = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
        self.say(json.dumps(message).encode())

    def call(self, number, command, **args):
        self.ask(number, "call", command=command, args=args, rest=[], run="r", step=1)

    def answer(self):
        return json.loads(self.process.stdout.readline())

    def logged(self):
        self.log.seek(0)
        return self.log.read()

    def test_what_else_prints_and_reads_does_not_get_between_the_messages(self):
        self.call(2, "give", value="x")
        self.assertEqual(self.answer()["result"], {"value": "x"})
        self.assertIn("printed", self.logged())
        self.assertIn("by a child", self.logged())

    def test_it_ends_when_it_is_asked_to(self):
        self.call(2, "give", value=1)
        self.answer()
        self.ask(3, "shutdown")
        self.assertEqual(self.answer(), {"jsonrpc": "2.0", "id": 3, "result": {}})
        self.assertEqual(self.process.wait(60), 0)
        self.assertIn("stopped", self.logged())

    def test_it_ends_when_its_input_ends_even_with_a_call_that_is_deaf(self):
        self.call(2, "deaf")
        began = time.monotonic()
        while "deaf" not in self.logged():
            self.assertLess(time.monotonic() - began, 60)
            time.sleep(0.01)
        self.process.stdin.close()
        self.assertEqual(self.process.wait(60), 0)

    def test_garbage_is_answered_and_survived(self):
        for line, code in [
            (b"garbage", -32700),
            (b"\xff\xfe", -32700),
            (b"[" * 100_000, -32700),
            (b"[]", -32600),
            (b'{"id":1}', -32600),
            (b'{"jsonrpc":"2.0","id":2}', -32600),
            (b'{"jsonrpc":"2.0","id":3,"method":"other"}', -32601),
            (b'{"jsonrpc":"2.0","id":4,"method":"call","params":[]}', -32602),
            (
                b'{"jsonrpc":"2.0","id":5,"method":"call","params":{"command":"give","args":[]}}',
                -32602,
            ),
            (
                b'{"jsonrpc":"2.0","id":6,"method":"call","params":{"command":"give","args":{}}}',
                -32602,
            ),
        ]:
            self.say(line)
            self.assertEqual(self.answer()["error"]["code"], code, line[:80])
        # What wants no answer gets none.
        self.say(b'{"jsonrpc":"2.0","method":"other"}')
        self.say(b'{"jsonrpc":"2.0","method":"cancel","params":{"call":[]}}')
        self.say(b"")
        self.call(9, "give", value=1)
        self.assertEqual(self.answer()["id"], 9)

    def test_large_values_arrive_whole_and_too_large_ones_are_refused(self):
        large = "é" * 5_000_000
        self.call(2, "give", value=large)
        self.assertEqual(self.answer()["result"]["value"], large)
        self.call(3, "large", size=64 * 1024 * 1024)
        self.assertIn("larger than 64 MiB", self.answer()["error"]["message"])


if __name__ == "__main__":
    unittest.main()
