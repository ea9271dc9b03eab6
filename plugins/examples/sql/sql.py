"""Commands for SQL databases. Values are bound, never spliced into a statement."""

from __future__ import annotations

from typing import Annotated, Any, Optional

from scn_plugin import Call, EnvironmentFault, Plugin, ScenarioFault, SystemFault

from database import Database, Result, Values, opened
from statement import Statement, read

plugin = Plugin("sql", version="1.0")

Sql = Annotated[str, "a statement; `?` or `:name` where a value goes"]
"""A value for each `?`, or one map for the `:name`s."""

database: Optional[Database] = None
address: Optional[str] = None


def connected() -> Database:
    global database
    if database is None:
        url = address or plugin.config.get("url")
        password = plugin.config.get("password")
        if not isinstance(url, str):
            raise EnvironmentFault("config has no `url`, and nothing was connected to")
        database = opened(url, plugin.secret(str(password)) if password else None)
    return database


@plugin.on_stop
def stop() -> None:
    if database is not None:
        database.close()


@plugin.command
def connect(url: Annotated[str, "sqlite:PATH or postgresql://USER@HOST:PORT/DATABASE"]) -> None:
    """Uses another database from here on than the environment's `url`."""
    global database, address
    stop()
    database, address = None, url
    connected().run(read("select 1"), [], lambda cancel: None)


@plugin.command(
    examples=[
        ("set rows query 'select ? as id, ? as side' 1 buy\necho #{rows[0].side} #{len(rows.value)}", "buy 1")
    ]
)
def query(call: Call, sql: Sql, *values: Any) -> list[dict[str, Any]]:
    """Gives the rows of a statement, each a map of its columns."""
    result = run(call, sql, values)
    if not result.gives_rows:
        raise ScenarioFault("the statement gives no rows; `execute` is for those")
    return result.rows


@plugin.command(examples=[("set sum value 'select :a + :b' #{ {a: 1, b: 2} }\necho #{sum}", "3")])
def value(call: Call, sql: Sql, *values: Any) -> Any:
    """Gives the one value of a statement. Fails if there is none, or more than one row."""
    rows = query(call, sql, *values)
    if len(rows) != 1:
        raise SystemFault(f"{'no row' if not rows else f'{len(rows)} rows'}, and not one")
    if len(rows[0]) != 1:
        raise ScenarioFault(f"the statement gives {len(rows[0])} columns, and not one")
    return next(iter(rows[0].values()))


@plugin.command(
    examples=[
        (
            "execute 'create table t (id int)'\nset n execute 'insert into t values (?), (?)' 1 2\necho #{n}",
            "2",
        )
    ]
)
def execute(call: Call, sql: Sql, *values: Any) -> int:
    """Runs a statement, and gives how many rows it touched."""
    return run(call, sql, values).touched


@plugin.command(
    examples=[
        (
            "execute 'create table u (id int, note text)'\ninsert u #{ {id: 1, note: \"a'b\"} }\nset note value 'select note from u'\necho #{note}",
            "a'b",
        )
    ]
)
def insert(call: Call, table: str, row: dict[str, Any]) -> int:
    """Inserts a map as a row: `insert orders #{row}`."""
    if not row:
        raise ScenarioFault("an empty map is no row")
    use = connected()
    columns = ", ".join(use.quoted(name) for name in row)
    places = ", ".join("?" * len(row))
    return run(
        call, f"insert into {use.quoted(table)} ({columns}) values ({places})", list(row.values())
    ).touched


@plugin.command
def script(file: Annotated[str, "relative to the project's root"]) -> None:
    """Runs the statements of a file."""
    try:
        with open(file, encoding="utf-8") as opened_file:
            text = opened_file.read()
    except OSError as error:
        raise ScenarioFault(f"{file}: {error.strerror}") from None
    connected().script(text)


@plugin.command
def begin(call: Call) -> None:
    """Begins a transaction. What is not committed when the run ends is rolled back."""
    use = connected()
    if use.in_transaction:
        raise ScenarioFault("a transaction is open already")
    run(call, "begin", [])
    use.in_transaction = True


@plugin.command
def commit(call: Call) -> None:
    """Commits the transaction."""
    end(call, "commit")


@plugin.command
def rollback(call: Call) -> None:
    """Rolls the transaction back; fine if there is none."""
    if connected().in_transaction:
        end(call, "rollback")


def end(call: Call, how: str) -> None:
    use = connected()
    if not use.in_transaction:
        raise ScenarioFault("no transaction is open")
    use.in_transaction = False
    run(call, how, [])


def run(call: Call, sql: str, values: Any) -> Result:
    try:
        statement = read(sql)
    except ValueError as error:
        raise ScenarioFault(str(error)) from None
    bound = fitting(statement, list(values))
    try:
        return connected().run(statement, bound, call.on_cancel)
    except SystemFault:
        # What was cancelled is told by the database as a failure.
        call.check()
        raise


def fitting(statement: Statement, values: list[Any]) -> Values:
    """The values as the places want them."""
    if statement.names:
        given = values[0] if len(values) == 1 else None
        if not isinstance(given, dict):
            raise ScenarioFault(f"the statement has places with names (:{statement.names[0]}): give one map")
        lacking = [name for name in statement.names if name not in given]
        if lacking:
            raise ScenarioFault(f"the map has no `{lacking[0]}`")
        return {name: given[name] for name in statement.names}
    if statement.places != len(values):
        raise ScenarioFault(
            f"the statement has {statement.places} places `?`, and {len(values)} values are given"
        )
    return values


if __name__ == "__main__":
    plugin.run()
