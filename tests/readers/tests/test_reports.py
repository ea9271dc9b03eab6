"""Reports, read by the programs that they are for."""

import re
import shutil
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import junitparser
from tap.parser import Parser

CASES = """\
@title Orders <are> filled & kept
@tags smoke

case 'A buyer finds a seller # at once'
  sh 'printf "\\\\033[32mok\\\\033[0m \\\\001 <b>&amp;]]>\\\\n"'
end
case A seller alone waits
  sh 'echo why >&2; exit 3'
end
case Nobody is there
  skip the exchange is closed
end
run no-such-program
"""

KNOWN = """\
@known BUG-7
check 1 == 2, 'it is late'
"""

# What Jenkins' xUnit plug-in lets stand where (its junit-10.xsd): for each element its attributes,
# those that must be there, and the elements in it.
DIALECT = {
    "testsuites": ({"name", "time", "tests", "failures", "errors"}, set(), {"testsuite"}),
    "testsuite": (
        {"name", "tests", "failures", "errors", "group", "time", "skipped", "timestamp", "hostname"}
        | {"id", "package", "file", "log", "url"},
        {"name", "tests", "failures", "errors"},
        {"testsuite", "properties", "testcase", "system-out", "system-err"},
    ),
    "properties": (set(), set(), {"property"}),
    "property": ({"name", "value"}, {"name", "value"}, set()),
    "testcase": (
        {"name", "time", "classname", "group"},
        {"name"},
        {"skipped", "error", "failure", "system-out", "system-err"},
    ),
    "skipped": ({"type", "message"}, set(), set()),
    "error": ({"type", "message"}, set(), set()),
    "failure": ({"type", "message"}, set(), set()),
    "system-out": (set(), set(), set()),
    "system-err": (set(), set(), set()),
}


class Reports(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        path = Path(cls.folder.name)
        (path / "cases.scn").write_text(CASES)
        (path / "known.scn").write_text(KNOWN)
        command = ["scn", "run", "-q", "cases.scn", "known.scn"]
        command += ["--report", "junit=junit.xml", "--report", "tap=run.tap"]
        command += ["--report", "html=page.html"]
        ran = subprocess.run(command, cwd=path, capture_output=True, text=True, check=False)
        assert ran.returncode == 3, ran.stderr
        cls.junit = path / "junit.xml"
        cls.tap = path / "run.tap"
        cls.page = path / "page.html"

    def test_junit_keeps_to_the_dialect_of_jenkins(self):
        for element in ElementTree.parse(self.junit).iter():
            attributes, required, inner = DIALECT[element.tag]
            self.assertLessEqual(set(element.attrib), attributes, element.tag)
            self.assertLessEqual(required, set(element.attrib), element.tag)
            self.assertLessEqual({child.tag for child in element}, inner, element.tag)
            if "time" in element.attrib:
                self.assertRegex(element.attrib["time"], r"^\d+\.\d+$")

    def test_junitparser_reads_what_happened(self):
        suites = list(junitparser.JUnitXml.fromfile(str(self.junit)))
        cases, known = suites
        self.assertEqual(cases.name, "Orders <are> filled & kept")
        found = [(case.name, [type(result).__name__ for result in case.result]) for case in cases]
        self.assertEqual(
            found,
            [
                ("A buyer finds a seller # at once", []),
                ("A seller alone waits", ["Failure"]),
                ("Nobody is there", ["Skipped"]),
                ("Orders <are> filled & kept", ["Error"]),
            ],
        )
        first, second = list(cases)[:2]
        self.assertIn("ok \\u{1} <b>&amp;]]>", first.system_out)
        self.assertIn("why", second.system_err)
        self.assertEqual((cases.tests, cases.failures, cases.errors, cases.skipped), (4, 1, 1, 1))
        self.assertEqual([type(result).__name__ for result in list(known)[0].result], ["Skipped"])

    def test_tap_is_read_with_its_directives_and_diagnostics(self):
        lines = list(Parser().parse_file(str(self.tap)))
        plan = [line for line in lines if line.category == "plan"]
        self.assertEqual([line.expected_tests for line in plan], [2])
        cases, known = [line for line in lines if line.category == "test"]
        self.assertFalse(cases.ok)
        self.assertFalse(cases.todo)
        self.assertEqual(cases.yaml_block["severity"], "error")
        self.assertEqual(cases.yaml_block["at"], {"file": "cases.scn", "line": 13})
        self.assertFalse(known.ok)
        self.assertTrue(known.todo)
        self.assertIn("BUG-7", known.directive.text)

    @unittest.skipUnless(shutil.which("chromium"), "chromium is not installed")
    def test_a_browser_shows_the_steps_and_nothing_in_them_acts(self):
        command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic"]
        command += ["--no-first-run", "--disable-background-networking", "--disable-sync"]
        command += ["--disable-component-update", f"--user-data-dir={self.folder.name}/browser"]
        command += ["--virtual-time-budget=2000", "--dump-dom", self.page.as_uri()]
        ran = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
        dom = re.sub(r"<script.*?</script>", "", ran.stdout, flags=re.DOTALL)
        # The script ran, although the policy lets only one act whose digest it names.
        self.assertEqual(dom.count('role="tab"'), 3)
        rows = re.findall(r'<button class="row [^>]*>(.*?)</button>', dom, flags=re.DOTALL)
        shown = [re.sub(r"<[^>]*>", " ", row) for row in rows]
        self.assertTrue(any("case A seller alone waits" in row for row in shown), shown)
        self.assertTrue(any("run no-such-program" in row for row in shown), shown)
        self.assertIn("▶", dom)
        self.assertNotIn("<b>&amp;amp;", dom)


if __name__ == "__main__":
    unittest.main()
