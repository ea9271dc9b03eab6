"""A FIX 4.4 session, initiator's side: logon, heartbeats, sequence numbers, gaps and resends.

What the session layer settles by itself (heartbeats, test requests, resends) never reaches whoever uses
it; what is of interest is told to ``heard``. The numbers are kept in a file, if there is one, so that a session
can go on the next day where it stopped.
"""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from typing import Any, Callable, Optional

import simplefix

Fields = list[tuple[int, Any]]
Message = dict[int, str]

TICK = 0.2
"""How often, in seconds, a silent line is looked at."""

ADMIN = ("0", "1", "2", "3", "4", "5", "A")


class Refused(Exception):
    """The counterpart did not do what it was asked, or nobody was there."""


def fields_of(message: simplefix.FixMessage) -> Message:
    """A message's fields; of a repeated one the last."""
    return {int(tag): value.decode("utf-8", "replace") for tag, value in message}


class Session:
    """One session, between ``sender`` and ``target``."""

    def __init__(
        self,
        sender: str,
        target: str,
        heartbeat: int = 30,
        store: Optional[str] = None,
        heard: Callable[[str, Message], None] = lambda what, message: None,
    ) -> None:
        self.sender, self.target, self.heartbeat = sender, target, heartbeat
        self.incoming = self.outgoing = 1
        """The sequence numbers that are next, either way."""
        self._store, self._heard = store, heard
        self._sent: dict[int, tuple[str, Fields, str]] = {}
        self._socket: Optional[socket.socket] = None
        self._lock = threading.RLock()
        self._news = threading.Condition(self._lock)
        self._logged_on = self._leaving = self._probed = False
        self._resending = 0
        self._last_in = self._last_out = 0.0
        self._why = "nobody has logged on"
        self._load()

    # ---- what a user asks

    @property
    def logged_on(self) -> bool:
        """Whether both sides have said so, and neither has left."""
        return self._logged_on

    def logon(self, host: str, port: int, reset: bool, within: float) -> Message:
        """Connects and logs on. Raises ``Refused``."""
        with self._news:
            if self._socket is not None:
                raise Refused("this session is already logged on")
            try:
                self._socket = socket.create_connection((host, port), timeout=within)
            except OSError as error:
                raise ConnectionError(f"nobody answers at {host}:{port}: {error}") from error
            self._socket.settimeout(TICK)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if reset:
                self.incoming = self.outgoing = 1
                self._sent.clear()
            self._leaving = self._probed = False
            self._resending = 0
            self._why = "the counterpart has closed the connection"
            self._last_in = self._last_out = time.monotonic()
            line = threading.Thread(target=self._listen, args=(self._socket,), daemon=True)
            line.start()
            fields: Fields = [(98, 0), (108, self.heartbeat)] + ([(141, "Y")] if reset else [])
            self._send("A", fields)
            self._answer: Message = {}
            self._wait(lambda: self._logged_on, within, "no answer to the logon")
            return self._answer

    def logout(self, within: float) -> None:
        """Logs out, waits for the counterpart's logout, and closes. Nothing if nobody is logged on."""
        with self._news:
            if self._socket is None:
                return
            self._leaving = True
            if self._logged_on:
                self._send("5", [])
                self._news.wait_for(lambda: self._socket is None, within)
            self._close("logged out")

    def send(self, kind: str, fields: Fields) -> int:
        """Sends an application's message, and gives its sequence number."""
        with self._lock:
            if not self._logged_on:
                raise Refused(f"this session is not logged on: {self._why}")
            return self._send(kind, fields)

    def set_numbers(self, incoming: Optional[int], outgoing: Optional[int]) -> None:
        """The numbers that are next, as though messages had been lost."""
        with self._lock:
            self.incoming = self.incoming if incoming is None else incoming
            self.outgoing = self.outgoing if outgoing is None else outgoing
            self._save()

    def wait(self, done: Callable[[], Any], within: float, cancelled: Callable[[], bool]) -> Any:
        """Waits until ``done`` gives something, and gives that; None when the time is up. Raises
        ``Refused`` if the session ends meanwhile."""
        end = time.monotonic() + within
        with self._news:
            while True:
                found = done()
                if found or cancelled():
                    return found or None
                if not self._logged_on:
                    raise Refused(f"the session has ended: {self._why}")
                left = end - time.monotonic()
                if left <= 0:
                    return None
                self._news.wait(min(left, TICK))

    # ---- what comes

    def _listen(self, line: socket.socket) -> None:
        parser = simplefix.FixParser()
        while self._socket is line:
            try:
                data = line.recv(65536)
                if not data:
                    return self._ended(line)
            except socket.timeout:
                data = b""
            except OSError:
                return self._ended(line)
            parser.append_buffer(data)
            message = parser.get_message() if data else None
            while message is not None:
                with self._news:
                    if self._socket is not line:
                        return  # what follows the end of a session is no part of it
                    self._last_in, self._probed = time.monotonic(), False
                    self._take(fields_of(message))
                    self._news.notify_all()
                message = parser.get_message()
            with self._news:
                if self._socket is line:
                    self._beat()

    def _ended(self, line: socket.socket) -> None:
        with self._news:
            if self._socket is line:
                told = not self._leaving
                self._close(self._why)
                if told:
                    self._heard("DISCONNECT", {})

    def _beat(self) -> None:
        """Says that we are there, and asks whether the other side is."""
        now = time.monotonic()
        if not self._logged_on:
            return
        if now - self._last_out >= self.heartbeat:
            self._send("0", [])
        silent = now - self._last_in
        if silent >= self.heartbeat * 1.2 and not self._probed:
            self._probed = True
            self._send("1", [(112, "ARE YOU THERE")])
        elif silent >= self.heartbeat * 2.4:
            self._why = f"the counterpart was silent for {silent:.0f}s"
            self._heard("SILENT", {})
            self._close(self._why)

    def _take(self, message: Message) -> None:
        kind, number = message.get(35, ""), int(message.get(34, 0))
        if kind == "4":
            return self._reset(message, number)
        if kind == "A" and message.get(141) == "Y":
            self.incoming = number
        if number < self.incoming:
            if message.get(43) != "Y":
                self._too_low(number)
            return
        if number > self.incoming:
            self._gap(number)
            # What is lost comes again, and so does this, in its place; these cannot wait for that.
            if kind in ("A", "2", "5"):
                self._dispatch(kind, message)
            return
        self.incoming = number + 1
        self._save()
        self._dispatch(kind, message)

    def _dispatch(self, kind: str, message: Message) -> None:
        if kind == "A":
            self._logged_on, self._answer = True, message
        elif kind == "1":
            self._send("0", [(112, message.get(112, ""))])
        elif kind == "2":
            self._resend(int(message.get(7, 1)), int(message.get(16, 0)))
        elif kind == "5":
            self._why = f"the counterpart has logged out: {message.get(58, 'no reason given')}"
            if not self._leaving:
                self._send("5", [])
                self._heard("LOGOUT", message)
            self._close(self._why)
        else:
            self._heard({"0": "HEARTBEAT", "3": "REJECT"}.get(kind, "MESSAGE"), message)

    def _reset(self, message: Message, number: int) -> None:
        """A number stands for those that are not sent again (a gap fill), or all begins anew."""
        if message.get(123) == "Y" and number > self.incoming:
            return self._gap(number)
        new = int(message.get(36, self.incoming))
        if new > self.incoming:
            self.incoming = new
            self._save()

    def _gap(self, number: int) -> None:
        if self._resending != self.incoming:
            self._resending = self.incoming
            self._heard("GAP", {7: str(self.incoming), 34: str(number)})
            self._send("2", [(7, self.incoming), (16, 0)])

    def _too_low(self, number: int) -> None:
        why = f"MsgSeqNum too low, expecting {self.incoming} but received {number}"
        self._why, self._leaving = why, True
        self._heard("LOGOUT", {58: why})
        self._send("5", [(58, why)])
        self._close(why)

    # ---- what goes

    def _send(self, kind: str, fields: Fields) -> int:
        number = self.outgoing
        self.outgoing += 1
        self._save()
        sent = self._write(kind, number, fields)
        if kind not in ADMIN:
            self._sent[number] = (kind, fields, sent)
        return number

    def _resend(self, begin: int, end: int) -> None:
        """Application messages come again; a gap fill stands for all others."""
        last = self.outgoing - 1 if end == 0 else min(end, self.outgoing - 1)
        number = begin
        while number <= last:
            if number in self._sent:
                kind, fields, sent = self._sent[number]
                self._write(kind, number, fields, again=sent)
                number += 1
                continue
            until = next((later for later in range(number, last + 1) if later in self._sent), last + 1)
            self._write("4", number, [(123, "Y"), (36, until)], again="")
            number = until

    def _write(self, kind: str, number: int, fields: Fields, again: Optional[str] = None) -> str:
        now = time.strftime("%Y%m%d-%H:%M:%S", time.gmtime()) + f".{time.time_ns() // 10**6 % 1000:03}"
        message = simplefix.FixMessage()
        message.append_pair(8, "FIX.4.4", header=True)
        for tag, value in [(35, kind), (34, number), (49, self.sender), (56, self.target)]:
            message.append_pair(tag, value, header=True)
        if again is not None:
            message.append_pair(43, "Y", header=True)
            message.append_pair(122, again or now, header=True)
        message.append_pair(52, now, header=True)
        for tag, value in fields:
            message.append_pair(tag, value)
        self._last_out = time.monotonic()
        try:
            if self._socket is not None:
                self._socket.sendall(message.encode())
        except OSError:
            pass  # whoever listens sees the end of the line
        return now

    # ---- what stays

    def _wait(self, done: Callable[[], bool], within: float, otherwise: str) -> None:
        self._news.wait_for(lambda: done() or self._socket is None, within)
        if not done():
            why = otherwise if self._socket is not None else self._why
            self._close(why)
            raise Refused(why)

    def _close(self, why: str) -> None:
        self._logged_on, self._why = False, why
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        self._news.notify_all()

    def _load(self) -> None:
        if self._store and os.path.exists(self._store):
            with open(self._store, encoding="utf-8") as file:
                kept = json.load(file)
            self.incoming, self.outgoing = kept["incoming"], kept["outgoing"]

    def _save(self) -> None:
        if self._store:
            beside = f"{self._store}.new"
            with open(beside, "w", encoding="utf-8") as file:
                json.dump({"incoming": self.incoming, "outgoing": self.outgoing}, file)
            os.replace(beside, self._store)
