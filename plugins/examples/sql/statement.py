"""Where a statement has places for values.

Places are ``?``, one for each value, or ``:name``, for the elements of a map. Values go to the database beside
the statement, never inside it; this only rewrites the places into what each database calls them. What
stands in quotes, in comments and between dollar signs has none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_PARTS = re.compile(
    r"""
      (?P<skip> '(?:[^']|'')*' | "(?:[^"]|"")*" | --[^\n]* | /\*.*?\*/
              | (?P<dollar>\$(?:[A-Za-z_]\w*)?\$).*?(?P=dollar) | :: )
    | (?P<escaped> (?<![A-Za-z0-9_$])[eE]'(?:[^'\\]|''|\\.)*' )
    | (?P<place> \? )
    | :(?P<name> [A-Za-z_]\w* )
    | (?P<percent> % )
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True)
class Statement:
    """A statement as ``psycopg`` and ``sqlite3`` take it, and the places that it has."""

    postgres: str
    sqlite: str
    places: int
    names: tuple[str, ...]


def read(text: str) -> Statement:
    """Finds the places. Raises ``ValueError`` if there are some of both kinds."""
    places, names = 0, []
    postgres, sqlite = [], []
    at = 0
    for found in _PARTS.finditer(text):
        between = text[at : found.start()]
        at = found.end()
        as_it_is = found[0]
        if found["place"]:
            places += 1
            pair = "%s", "?"
        elif found["name"]:
            names.append(found["name"])
            pair = f"%({found['name']})s", as_it_is
        else:
            pair = as_it_is.replace("%", "%%"), as_it_is
        postgres += [between, pair[0]]
        sqlite += [between, pair[1]]
    if places and names:
        raise ValueError("its places are either all `?` or all `:name`")
    postgres.append(text[at:])
    sqlite.append(text[at:])
    return Statement("".join(postgres), "".join(sqlite), places, tuple(dict.fromkeys(names)))
