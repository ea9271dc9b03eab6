"""The scenarios, run by scn on SQLite and on a PostgreSQL server of their own."""

import glob
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SCN = shutil.which("scn")
POSTGRES = shutil.which("initdb") or glob.glob("/usr/lib/postgresql/*/bin/initdb")


class Scenarios(unittest.TestCase):
    def setUp(self):
        self.assertIsNotNone(SCN, "scn is not in PATH")
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = os.path.join(folder.name, "sql")
        shutil.copytree(HERE, self.folder, ignore=shutil.ignore_patterns(".scn", "__pycache__"))

    def scn(self, *words, scenario=None):
        if scenario is not None:
            with open(os.path.join(self.folder, "s.scn"), "w") as file:
                file.write(scenario)
        path = os.path.dirname(sys.executable) + os.pathsep + os.environ["PATH"]
        return subprocess.run(
            [SCN, *words],
            cwd=self.folder,
            env=dict(os.environ, PATH=path, PYTHONDONTWRITEBYTECODE="1", TOKEN="secret"),
            capture_output=True,
            text=True,
            timeout=600,
        )

    def passes(self, scenario, env):
        came = self.scn("run", scenario, "--env", env)
        self.assertEqual(came.returncode, 0, came.stderr)

    def test_orders_on_sqlite(self):
        self.passes("orders.scn", "sqlite")

    @unittest.skipUnless(POSTGRES, "PostgreSQL's server is not installed")
    def test_everything_on_postgres(self):
        for scenario in ["orders.scn", "crash.scn", "types.scn"]:
            self.passes(scenario, "postgres")
        for run in os.listdir(os.path.join(self.folder, ".scn", "runs")):
            self.assertEqual(glob.glob(f"/tmp/scn-sql-{run}"), [], "the database's folder is removed")

    @unittest.skipUnless(POSTGRES, "PostgreSQL's server is not installed")
    def test_a_postgres_that_refuses_says_why(self):
        for scenario, status, reason in [
            ("connect postgresql://tester@127.0.0.1:1/x", 3, "onnection refused"),
            ("query 'selec 1'", 3, 'syntax error at or near "selec"'),
            ("query 'select * from nowhere'", 1, 'relation "nowhere" does not exist'),
        ]:
            came = self.scn("run", "-q", "s.scn", "--env", "postgres", scenario=scenario)
            self.assertEqual(came.returncode, status, came.stderr)
            self.assertIn(reason, came.stderr)

    def test_what_needs_a_server_is_skipped_without_one(self):
        came = self.scn("run", "crash.scn", "--env", "sqlite")
        self.assertEqual(came.returncode, 0, came.stderr)
        self.assertIn("SKIP", came.stderr)

    def test_it_keeps_to_the_protocol(self):
        config = '{"url": "sqlite::memory:"}'
        came = self.scn("plugin", "check", "--examples", "--config", config, "python3", "sql.py")
        self.assertEqual(came.returncode, 0, came.stdout)
        self.assertNotIn("advice", came.stdout)
        self.assertIn("does what its example shows: insert", came.stdout)

    def test_a_verdict_says_whose_fault_it_was(self):
        for scenario, status, reason in [
            ("query 'select 1 where 1 = ?'", 3, "has 1 places `?`, and 0 values are given"),
            ("query 'select :a' #{ {b: 1} }", 3, "the map has no `a`"),
            ("query 'select :a' 1", 3, "places with names (:a): give one map"),
            ("query 'select ?, :a' 1", 3, "either all `?` or all `:name`"),
            ("query 'selec 1'", 3, "syntax error"),
            ("query 'create table a (b)'", 3, "the statement gives no rows"),
            ("query 'select * from nowhere'", 1, "no such table: nowhere"),
            ("value 'select 1 where false'", 1, "no row, and not one"),
            ("value 'select 1 union select 2'", 1, "2 rows, and not one"),
            ("value 'select 1, 2'", 3, "gives 2 columns, and not one"),
            ("script no.sql", 3, "no.sql: No such file"),
            ("connect mysql://x", 3, "no database: 'mysql://x'"),
            ("connect sqlite:/no/such/folder/db", 3, "cannot open /no/such/folder/db"),
            ("commit", 3, "no transaction is open"),
            ("begin\nbegin", 3, "a transaction is open already"),
            ("insert 'a\"b' #{ {'c\"; --': 1} }", 1, 'no such table: a"b'),
            (
                "timeout 300ms query 'with recursive c(n) as (select 1 union all select n + 1 from c) select count(*) from c'",
                1,
                "timed out after 300ms",
            ),
        ]:
            came = self.scn("run", "-q", "s.scn", "--env", "sqlite", scenario=scenario)
            self.assertEqual(came.returncode, status, came.stderr)
            self.assertIn(reason, came.stderr)


if __name__ == "__main__":
    unittest.main()
