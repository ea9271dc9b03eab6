"""The scenarios, run by scn against the acceptor; and what each failure is called."""

import os
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SCN = shutil.which("scn")


class Scenarios(unittest.TestCase):
    def setUp(self):
        self.assertIsNotNone(SCN, "scn is not in PATH")
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = os.path.join(folder.name, "fix")
        shutil.copytree(HERE, self.folder, ignore=shutil.ignore_patterns(".scn", "__pycache__"))

    def scn(self, *words, scenario=None):
        if scenario is not None:
            with open(os.path.join(self.folder, "s.scn"), "w") as file:
                file.write(scenario)
        path = os.path.dirname(sys.executable) + os.pathsep + os.environ["PATH"]
        return subprocess.run(
            [SCN, *words],
            cwd=self.folder,
            env=dict(os.environ, PATH=path, PYTHONDONTWRITEBYTECODE="1"),
            capture_output=True,
            text=True,
            timeout=300,
        )

    def verdict(self, scenario, status):
        came = self.scn("run", "-q", "s.scn", "--env", "local", scenario=scenario)
        self.assertEqual(came.returncode, status, came.stderr)
        return came.stderr.strip()

    def test_every_scenario_passes(self):
        for name in ["orders.scn", "sessions.scn"]:
            came = self.scn("run", name, "--env", "local")
            self.assertEqual(came.returncode, 0, came.stderr)

    def test_it_keeps_to_the_protocol(self):
        came = self.scn("plugin", "check", "python3", "fix.py")
        self.assertEqual(came.returncode, 0, came.stdout)
        self.assertNotIn("advice", came.stdout)

    def test_what_cannot_be_is_found_before_the_run(self):
        for scenario, code in [
            ("send_order buy ACME many", "E109"),
            ("send_order buy", "E108"),
            ("send_ordr buy ACME 1", "E103"),
        ]:
            came = self.scn("check", "s.scn", "--env", "local", scenario=scenario)
            self.assertEqual(came.returncode, 2, came.stderr)
            self.assertIn(code, came.stderr)

    def test_a_verdict_says_whose_fault_it_was(self):
        logon = "logon #{Gateway.address}\n"
        for scenario, status, reason in [
            (logon + "send_order buy NONE 1", 1, "order rejected: unknown symbol NONE"),
            (logon + "send_order hold ACME 1", 3, "one of buy, sell, and not hold"),
            (logon + "cancel_order X1", 3, "no order X1 was sent"),
            (logon + "set o send_order buy ACME 1 price=1\nexpect_order #{o.id} filled 300ms", 1, "never filled within 300ms; it is new"),
            (logon + "timeout 300ms send_order buy DUMB 1", 1, "timed out after 300ms"),
            (logon + logon, 1, "this session is already logged on"),
            ("send_order buy ACME 1", 1, "not logged on: nobody has logged on"),
            ("logon 127.0.0.1:1", 3, "nobody answers at 127.0.0.1:1"),
            ("logon", 3, "no HOST:PORT to connect to"),
        ]:  # fmt: skip
            self.assertIn(reason, self.verdict(scenario, status))

    def test_who_is_not_known_is_refused_with_the_exchanges_reason(self):
        path = os.path.join(self.folder, "environments", "local.toml")
        with open(path) as file:
            text = file.read()
        with open(path, "w") as file:
            file.write(text.replace('sender = "SCN"', 'sender = "OTHER"'))
        told = self.verdict("logon #{Gateway.address}", 1)
        self.assertIn("logon refused: the counterpart has logged out: who is OTHER?", told)

    def test_numbers_that_are_kept_outlive_the_run(self):
        path = os.path.join(self.folder, "environments", "local.toml")
        with open(path) as file:
            text = file.read()
        with open(path, "w") as file:
            # On a machine that is slow, a heartbeat would take a number too.
            text = text.replace('heartbeat = "1s"', 'heartbeat = "60s"')
            file.write(text.replace('target = "EXCHANGE"', 'target = "EXCHANGE", store = "numbers.json"'))
        self.verdict("logon #{Gateway.address}\nset n sequence\nassert n.outgoing == 2", 0)
        # The acceptor of the next run knows nothing of it, and begins with 1 again.
        told = self.verdict("logon #{Gateway.address} reset=false", 1)
        self.assertIn("MsgSeqNum too low, expecting 3 but received 1", told)


if __name__ == "__main__":
    unittest.main()
