"""A FIX 4.4 acceptor with a small order book, for one counterpart at a time.

It fills a buy at 10 or more and a sell at 10 or less, 100 at once at most; what does not cross rests.
It knows the symbol ACME, and three that make trouble: LOST loses the report of the fill on its way, so that
there is a gap; DROP closes the connection; DUMB says nothing.
"""

import argparse
import itertools
import socket

import simplefix


class Gone(Exception):
    pass


class Line:
    """One connection. Numbers and what was sent outlive it, unless a logon resets them."""

    def __init__(self, connection, kept):
        self.connection, self.kept = connection, kept
        self.parser = simplefix.FixParser()
        connection.settimeout(None)

    def receive(self):
        while True:
            message = self.parser.get_message()
            if message is not None:
                return {int(tag): value.decode() for tag, value in message}
            data = self.connection.recv(4096)
            if not data:
                raise Gone
            self.parser.append_buffer(data)

    def send(self, kind, *fields, number=None, lose=False):
        again = number is not None
        if not again:
            number = self.kept["out"]
            self.kept["out"] += 1
            self.kept["sent"][number] = (kind, fields)
        message = simplefix.FixMessage()
        message.append_pair(8, "FIX.4.4")
        for tag, value in [(35, kind), (34, number), (49, "EXCHANGE"), (56, self.kept["name"])]:
            message.append_pair(tag, value)
        message.append_utc_timestamp(52)
        if again:
            message.append_pair(43, "Y")
        for tag, value in fields:
            message.append_pair(tag, value)
        if not lose:
            self.connection.sendall(message.encode())


class Acceptor:
    def __init__(self, only):
        self.only = only
        self.numbers = {}
        self.orders = {}
        self.ids = itertools.count(1)

    def serve(self, connection):
        first = Line(connection, {"out": 1, "in": 1, "sent": {}, "name": "?"})
        logon = first.receive()
        name = logon.get(49, "?")
        kept = self.numbers.setdefault(name, {"out": 1, "in": 1, "sent": {}, "name": name})
        if logon.get(141) == "Y":
            kept.update({"out": 1, "in": 1, "sent": {}})
        line = Line(connection, kept)
        line.parser = first.parser
        if logon.get(35) != "A" or name != self.only or logon.get(56) != "EXCHANGE":
            return line.send("5", (58, f"who is {name}?"))
        number = int(logon[34])
        if number < kept["in"]:
            return line.send("5", (58, f"MsgSeqNum too low, expecting {kept['in']} but received {number}"))
        reset = [(141, "Y")] if logon.get(141) == "Y" else []
        line.send("A", (98, 0), (108, logon.get(108, "30")), *reset)
        if number > kept["in"]:
            line.send("2", (7, kept["in"]), (16, 0))
        else:
            kept["in"] = number + 1
        while self.heed(line, line.receive()):
            pass

    def heed(self, line, message):
        kind, number, kept = message[35], int(message[34]), line.kept
        if kind == "4":
            kept["in"] = max(kept["in"], int(message[36]))
            return True
        if number > kept["in"]:
            line.send("2", (7, kept["in"]), (16, 0))
            return True
        if number < kept["in"]:
            return True
        kept["in"] = number + 1
        if kind == "1":
            line.send("0", (112, message[112]))
        elif kind == "2":
            self.resend(line, int(message[7]))
        elif kind == "5":
            line.send("5")
            return False
        elif kind == "D":
            self.order(line, message)
        elif kind in ("F", "G"):
            lacking = next((tag for tag in (11, 41, 54, 55, 60) if tag not in message), None)
            if lacking is not None:
                line.send(
                    "3", (45, number), (371, lacking), (372, kind), (373, 1), (58, "Required tag missing")
                )
            else:
                self.change(line, message)
        elif kind != "0":
            line.send("3", (45, number), (372, kind), (373, 11), (58, f"no message {kind} here"))
        return True

    def resend(self, line, begin):
        for number in range(begin, line.kept["out"]):
            kind, fields = line.kept["sent"][number]
            if kind in "0123 5A":
                line.send("4", (123, "Y"), (36, number + 1), number=number)
            else:
                line.send(kind, *fields, number=number)

    def report(self, line, order, what, *more, lose=False):
        fields = [(11, order["id"]), (37, order["order_id"]), (17, next(self.ids)), (150, what)]
        fields += [(39, order["status"]), (55, order["symbol"]), (54, order["side"])]
        fields += [(38, order["qty"]), (14, order["filled"]), (6, "10" if order["filled"] else "0")]
        left = order["qty"] - order["filled"] if order["status"] in "015" else 0
        line.send("8", *fields, (151, left), *more, lose=lose)

    def order(self, line, message):
        symbol = message[55]
        if symbol == "DROP":
            raise Gone
        if symbol == "DUMB":
            return
        order = {
            "id": message[11],
            "order_id": f"X{next(self.ids)}",
            "status": "0",
            "symbol": symbol,
            "side": message[54],
            "qty": int(message[38]),
            "price": float(message.get(44, "10")),
            "filled": 0,
        }
        if symbol not in ("ACME", "LOST"):
            order["status"] = "8"
            return self.report(line, order, "8", (58, f"unknown symbol {symbol}"))
        self.orders[order["id"]] = order
        self.report(line, order, "0")
        crosses = order["price"] >= 10 if order["side"] == "1" else order["price"] <= 10
        while crosses and order["filled"] < order["qty"]:
            filled = min(100, order["qty"] - order["filled"])
            order["filled"] += filled
            order["status"] = "2" if order["filled"] == order["qty"] else "1"
            lost = symbol == "LOST" and order["status"] == "1"
            self.report(line, order, "F", (32, filled), (31, "10"), lose=lost)

    def change(self, line, message):
        order = self.orders.get(message[41])
        if order is None or order["status"] not in "01":
            why = "too late to cancel" if order else "unknown order"
            return line.send("9", (11, message[11]), (41, message[41]), (39, "8"), (434, 1), (58, why))
        del self.orders[order["id"]]
        order["id"] = message[11]
        self.orders[order["id"]] = order
        if message[35] == "F":
            order["status"] = "4"
            return self.report(line, order, "4", (41, message[41]))
        order["qty"], order["price"] = int(message[38]), float(message[44])
        self.report(line, dict(order, status="5"), "5", (41, message[41]))


def main():
    words = argparse.ArgumentParser()
    words.add_argument("--port", type=int, required=True)
    words.add_argument("--only", default="SCN")
    asked = words.parse_args()
    acceptor = Acceptor(asked.only)
    with socket.create_server(("127.0.0.1", asked.port)) as listener:
        print("state=READY", flush=True)
        while True:
            connection, _ = listener.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with connection:
                try:
                    acceptor.serve(connection)
                except (Gone, ConnectionError):
                    pass


if __name__ == "__main__":
    main()
