"""Tries the plug-in's commands without scn: python3 -m unittest"""

import unittest

from IDENT import plugin
from scn_plugin import ScenarioFault
from scn_plugin.testing import Harness


class Greets(unittest.TestCase):
    def test_it_greets_as_often_as_it_is_told(self) -> None:
        with Harness(plugin, config={"greeting": "Good day"}) as scn:
            greeting = scn.call("greet", "Ada", times=2)
        self.assertEqual(greeting, "Good day, Ada! Good day, Ada!")

    def test_nobody_is_a_mistake_of_the_scenario(self) -> None:
        with Harness(plugin) as scn, self.assertRaises(ScenarioFault):
            scn.call("greet", "")


if __name__ == "__main__":
    unittest.main()
