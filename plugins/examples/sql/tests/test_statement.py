import unittest

from statement import read


class Places(unittest.TestCase):
    def test_places_are_found_where_they_are_and_nowhere_else(self):
        for text, postgres, places in [
            ("select ?", "select %s", 1),
            ("select ?, '?', \"?\", ?", "select %s, '?', \"?\", %s", 2),
            ("select 'it''s ?', ?", "select 'it''s ?', %s", 1),
            ("select 1 -- ?\n, ?", "select 1 -- ?\n, %s", 1),
            ("select /* ? \n ? */ ?", "select /* ? \n ? */ %s", 1),
            ("select $$ ? $$, $a$ ? $$ ? $a$, ?", "select $$ ? $$, $a$ ? $$ ? $a$, %s", 1),
            (r"select E'\'?', ?", r"select E'\'?', %s", 1),
            ("select 'a%' like ? and 5 % 2", "select 'a%%' like %s and 5 %% 2", 1),
            ("select '12:30'::time, a::text, ?", "select '12:30'::time, a::text, %s", 1),
        ]:
            found = read(text)
            self.assertEqual((found.postgres, found.sqlite, found.places), (postgres, text, places))

    def test_places_with_names(self):
        found = read("select :a, :b_1, :a, x::int, ':c', 100 % 7")
        self.assertEqual(found.names, ("a", "b_1"))
        self.assertEqual(found.postgres, "select %(a)s, %(b_1)s, %(a)s, x::int, ':c', 100 %% 7")
        self.assertEqual(found.sqlite, "select :a, :b_1, :a, x::int, ':c', 100 % 7")

    def test_both_kinds_at_once_are_refused(self):
        with self.assertRaisesRegex(ValueError, "either all"):
            read("select ?, :a")


if __name__ == "__main__":
    unittest.main()
