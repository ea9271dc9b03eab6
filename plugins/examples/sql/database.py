"""The databases, each behind the same few functions."""

from __future__ import annotations

import datetime
import json
import sqlite3
import threading
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Optional, Union

from scn_plugin import Duration, EnvironmentFault, ScenarioFault, Size, SystemFault

from statement import Statement

Values = Union[Sequence[Any], dict[str, Any]]
Row = dict[str, Any]


class Result:
    """What a statement gave: rows, if it is one that gives any, and how many it touched."""

    def __init__(self, names: Optional[list[str]], rows: list[Sequence[Any]], touched: int) -> None:
        self.touched = touched
        self.gives_rows = names is not None
        columns = _told_apart(names or [])
        self.rows: list[Row] = [dict(zip(columns, map(outward, row))) for row in rows]


def _told_apart(names: list[str]) -> list[str]:
    """Two columns of one name are `id` and `id_2`."""
    found: list[str] = []
    for name in names:
        number, own = 1, name
        while own in found:
            number += 1
            own = f"{name}_{number}"
        found.append(own)
    return found


def outward(value: Any) -> Any:
    """A value of a database as one that a scenario has."""
    if value is None or isinstance(value, (bool, int, float, Decimal, str, bytes)):
        return value
    if isinstance(value, datetime.timedelta):
        return value
    if isinstance(value, datetime.datetime) and value.tzinfo is not None:
        return value
    if isinstance(value, (datetime.datetime, datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, memoryview):
        return bytes(value)
    if isinstance(value, (list, tuple)):
        return [outward(inner) for inner in value]
    if isinstance(value, dict):
        return {str(key): outward(inner) for key, inner in value.items()}
    return str(value)


class Database:
    """One connection, made when it is first needed and again after it was lost; one statement
    at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._connection: Any = None
        self.in_transaction = False

    def run(self, statement: Statement, values: Values, on_cancel: Any) -> Result:
        """Runs one statement."""
        with self._lock:
            connection = self._connected()
            on_cancel(lambda: self.interrupt(connection))
            return self._run(connection, statement, values)

    def script(self, text: str) -> None:
        """Runs statements without values."""
        with self._lock:
            self._script(self._connected(), text)

    def close(self) -> None:
        """Gives up what was not committed."""
        with self._lock:
            self._forget()

    def _connected(self) -> Any:
        if self._connection is None:
            self._connection = self.connect()
        return self._connection

    def _forget(self) -> None:
        connection, self._connection, self.in_transaction = self._connection, None, False
        if connection is not None:
            connection.close()

    def quoted(self, name: str) -> str:
        """A table's or a column's name; `schema.table` is two."""
        if not name or "\0" in name:
            raise ScenarioFault(f"no name of a table or a column: {name!r}")
        return ".".join('"' + part.replace('"', '""') + '"' for part in name.split("."))

    def connect(self) -> Any:
        raise NotImplementedError

    def interrupt(self, connection: Any) -> None:
        raise NotImplementedError

    def _run(self, connection: Any, statement: Statement, values: Values) -> Result:
        raise NotImplementedError

    def _script(self, connection: Any, text: str) -> None:
        raise NotImplementedError


class Sqlite(Database):
    """A file, or `:memory:`."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = path

    def connect(self) -> sqlite3.Connection:
        try:
            connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
            connection.execute("pragma foreign_keys = on")
        except sqlite3.Error as error:
            raise EnvironmentFault(f"cannot open {self._path}: {error}") from error
        return connection

    def interrupt(self, connection: sqlite3.Connection) -> None:
        connection.interrupt()

    def _run(self, connection: sqlite3.Connection, statement: Statement, values: Values) -> Result:
        try:
            cursor = connection.execute(statement.sqlite, _each(values, _to_sqlite))
            names = [column[0] for column in cursor.description] if cursor.description else None
            return Result(names, cursor.fetchall() if names else [], max(cursor.rowcount, 0))
        except sqlite3.Error as error:
            raise _sqlite_fault(error) from error

    def _script(self, connection: sqlite3.Connection, text: str) -> None:
        try:
            connection.executescript(text)
        except sqlite3.Error as error:
            raise _sqlite_fault(error) from error


def _sqlite_fault(error: sqlite3.Error) -> Exception:
    text = str(error)
    if "syntax error" in text or "incomplete input" in text or isinstance(error, sqlite3.ProgrammingError):
        return ScenarioFault(text)
    return SystemFault(text)


def _to_sqlite(value: Any) -> Any:
    if isinstance(value, Duration):
        return value.seconds
    if isinstance(value, Size):
        return int(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    if isinstance(value, (list, dict)):
        return json.dumps(value, default=str)
    return value


class Postgres(Database):
    """A PostgreSQL server, by what libpq takes: `postgresql://USER@HOST:PORT/DATABASE`."""

    def __init__(self, url: str, password: Optional[str]) -> None:
        super().__init__()
        import psycopg

        self._pg = psycopg
        self._url, self._password = url, password

    def connect(self) -> Any:
        more = {} if self._password is None else {"password": self._password}
        try:
            return self._pg.connect(self._url, autocommit=True, **more)
        except self._pg.Error as error:
            raise EnvironmentFault(_line(error)) from error

    def interrupt(self, connection: Any) -> None:
        connection.cancel_safe()

    def _run(self, connection: Any, statement: Statement, values: Values) -> Result:
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement.postgres, _each(values, self._to_postgres))
                columns = cursor.description
                names = [column.name for column in columns] if columns else None
                return Result(names, cursor.fetchall() if names else [], max(cursor.rowcount, 0))
        except self._pg.Error as error:
            raise self._fault(error) from error

    def _script(self, connection: Any, text: str) -> None:
        try:
            connection.execute(text)
        except self._pg.Error as error:
            raise self._fault(error) from error

    def _fault(self, error: Any) -> Exception:
        told = {"sqlstate": error.sqlstate, "message": error.diag.message_primary}
        if self._connection is not None and self._connection.closed:
            self._forget()
            return SystemFault(f"the connection was lost: {_line(error)}", value=told)
        if isinstance(error, self._pg.ProgrammingError) and error.sqlstate in (None, "42601"):
            return ScenarioFault(_line(error), value=told)
        return SystemFault(_line(error), value=told)

    def _to_postgres(self, value: Any) -> Any:
        from psycopg.types.json import Jsonb

        if isinstance(value, Duration):
            return value.timedelta
        if isinstance(value, Size):
            return int(value)
        if isinstance(value, Decimal):
            return Decimal(value)
        if isinstance(value, dict):
            return Jsonb(value, dumps=lambda inner: json.dumps(inner, default=str))
        return value


def _each(values: Values, convert: Any) -> Any:
    if isinstance(values, dict):
        return {name: convert(value) for name, value in values.items()}
    return [convert(value) for value in values]


def _line(error: Exception) -> str:
    """The error's first line, which has the reason."""
    return str(error).strip().split("\n")[0] or type(error).__name__


def opened(url: str, password: Optional[str]) -> Database:
    """The database that a configuration names. It is not connected yet."""
    kind, colon, rest = url.partition(":")
    if kind == "sqlite" and rest:
        return Sqlite(rest)
    if kind in ("postgresql", "postgres") and rest.startswith("//"):
        return Postgres(url, password)
    raise EnvironmentFault(
        f"no database: {url!r}; config's `url` is sqlite:PATH or postgresql://USER@HOST:PORT/DATABASE"
    )
