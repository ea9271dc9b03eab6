import datetime
import enum
import unittest
from dataclasses import dataclass
from decimal import Decimal

from scn_plugin import Duration, Percent, Size
from scn_plugin.values import dumps, from_wire, loads, to_wire


def there_and_back(value):
    return from_wire(loads(dumps(to_wire(value)).encode()))


class Side(enum.Enum):
    BUY = "buy"


@dataclass
class Order:
    id: str
    price: Decimal


class Values(unittest.TestCase):
    def test_every_kind_keeps_its_type_there_and_back(self):
        for value in [
            None, True, 0, -(2**63), 2**63 - 1, Decimal("10.50"), Decimal("3.0"), "x y\n\"é🚀", b"\xff\x00",
            Duration.of(1.5), Size(500_000_000), Percent(15), Percent("99.9"), [1, [2]], {"a": {"b": None}}, {},
            datetime.datetime(2026, 1, 2, 3, 4, 5, 600, datetime.timezone.utc),
        ]:  # fmt: skip
            back = there_and_back(value)
            self.assertEqual((back, type(back)), (value, type(value)))

    def test_what_python_has_besides_becomes_what_is_nearest(self):
        for value, expected in [
            (1.5, Decimal("1.5")),
            (1e22, Decimal(10**22)),
            ((1, 2), [1, 2]),
            (datetime.timedelta(milliseconds=250), Duration.of(0.25)),
            (Side.BUY, "buy"),
            (Order("A1", Decimal(5)), {"id": "A1", "price": Decimal(5)}),
            ({1: "one"}, {"1": "one"}),
            ("half \ud83d", "half \ufffd"),
        ]:
            self.assertEqual(there_and_back(value), expected)

    def test_a_decimal_is_written_digit_by_digit_and_with_a_point(self):
        self.assertEqual(dumps(to_wire(Decimal("1E+3"))), "1000.0")
        self.assertEqual(dumps(to_wire(Decimal("0.1000"))), "0.1")
        self.assertEqual(
            dumps(to_wire(Decimal("12345678901234567890.12345678"))),
            "12345678901234567890.12345678",
        )

    def test_what_no_scenario_has_is_refused(self):
        for wrong in [
            float("nan"),
            Decimal("Infinity"),
            object(),
            {None: 1},
            datetime.datetime(2026, 1, 1),
        ]:
            with self.assertRaises((TypeError, ValueError)):
                to_wire(wrong)
        for wrong in [
            {"$duration": "soon"},
            {"$size": 1},
            {"$bytes": "?"},
            {"$moment": "now"},
            {"$percent": "x"},
        ]:
            with self.assertRaises(ValueError):
                from_wire(wrong)

    def test_lists_nest_as_deep_as_scenarios_allow(self):
        value = 1
        for _ in range(100):
            value = [value]
        self.assertEqual(there_and_back(value), value)
        for wrong in [[value], {"a": value}]:
            with self.assertRaisesRegex(ValueError, "nested deeper than 100"):
                to_wire(wrong)

    def test_a_map_that_only_looks_like_a_quantity_stays_a_map(self):
        for value in [{"$duration": "1s", "more": 1}, {"$other": 1}]:
            self.assertEqual(from_wire(value), value)

    def test_times_are_written_as_scn_does(self):
        for text in ["0s", "250us", "1.5ms", "90ns", "1.25s", "1m30s", "1d2h", "1h0.5s", "-1m1s"]:
            self.assertEqual(str(Duration.parse(text)), text)
        self.assertEqual(str(Duration.of(90)), "1m30s")
        self.assertEqual(Duration.parse("250µs"), Duration.parse("250us"))
        self.assertEqual(Duration.of(1) + Duration.of(0.5), Duration.parse("1.5s"))
        self.assertEqual(Duration.of(0.25).timedelta, datetime.timedelta(milliseconds=250))
        for wrong in ["", "1", "s", "1s1m", "1x", "1 s", "1.s", "--1s"]:
            with self.assertRaises(ValueError):
                Duration.parse(wrong)

    def test_sizes_are_written_as_scn_does(self):
        for text in ["0B", "1B", "500MB", "1500KB", "64KiB", "-1GB"]:
            self.assertEqual(str(Size.parse(text)), text)
        self.assertEqual(Size.parse("1.5GB"), 1_500_000_000)
        for wrong in ["", "MB", "1", "1XB", "1 MB"]:
            with self.assertRaises(ValueError):
                Size.parse(wrong)


if __name__ == "__main__":
    unittest.main()
