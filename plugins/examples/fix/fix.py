"""Commands that trade over a FIX 4.4 session."""

from __future__ import annotations

import itertools
import threading
import time
from decimal import Decimal
from typing import Annotated, Any, Literal, Optional

from scn_plugin import (
    Call,
    Duration,
    EnvironmentFault,
    Plugin,
    ScenarioFault,
    SystemFault,
)
from session import Fields, Message, Refused, Session

plugin = Plugin("fix", version="1.0")

Status = Literal[
    "new", "partially_filled", "filled", "canceled", "replaced", "pending_cancel", "rejected",
    "expired", "done_for_day", "suspended", "pending_new", "pending_replace",
]  # fmt: skip
STATUS = {
    "0": "new", "1": "partially_filled", "2": "filled", "3": "done_for_day", "4": "canceled", "5": "replaced",
    "6": "pending_cancel", "8": "rejected", "9": "suspended", "A": "pending_new", "C": "expired", "E": "pending_replace",
}  # fmt: skip

session: Session
orders: dict[str, dict[str, Any]] = {}
requests: dict[str, str] = {}
"""The order that each later request is about; after a replace, reports come under the request's id."""
received: list[Message] = []
lock = threading.Lock()
numbers = itertools.count(1)
run_began = format(int(time.time()), "x")


@plugin.on_start
def start() -> None:
    global session
    config = plugin.config
    session = Session(
        sender=str(config.get("sender", "SCN")),
        target=str(config.get("target", "EXCHANGE")),
        heartbeat=seconds_of("heartbeat", Duration.of(30)),
        store=config.get("store"),
        heard=heard,
    )


@plugin.on_stop
def stop() -> None:
    session.logout(1.0)


def seconds_of(name: str, default: Duration) -> int:
    value = plugin.config.get(name, str(default))
    try:
        return max(1, round(Duration.parse(str(value)).seconds))
    except ValueError as error:
        raise EnvironmentFault(f"config: `{name}`: {error}") from None


def within() -> float:
    """How long the counterpart may take to answer."""
    return float(seconds_of("within", Duration.of(5)))


# ---- what comes between calls


def heard(what: str, message: Message) -> None:
    """Everything that the session does not settle by itself; called as it comes, one at a time."""
    component = str(plugin.config.get("component", "System"))
    if what in ("MESSAGE", "HEARTBEAT", "REJECT"):
        received.append(message)
    if message.get(35) == "8":
        reported(component, message)
    elif what in ("MESSAGE", "HEARTBEAT"):
        pass
    elif what == "GAP":
        data = {"expected": int(message[7]), "received": int(message[34])}
        plugin.event(component, f"FIX GAP expected {message[7]}, received {message[34]}", data)
    else:
        data = {"text": message.get(58, "")}
        plugin.event(component, f"FIX {what} {data['text']}".rstrip(), data)


def number(message: Message, tag: int) -> Decimal:
    return Decimal(message.get(tag) or 0)


def reported(component: str, message: Message) -> None:
    """An execution report: the order's state, and an event."""
    id = requests.get(message.get(11, ""), message.get(11, ""))
    order = orders.setdefault(id, {"id": id})
    order.update(
        order_id=message.get(37, ""),
        status=STATUS.get(message.get(39, ""), message.get(39, "")),
        filled=number(message, 14),
        left=number(message, 151),
        average=number(message, 6),
        text=message.get(58, ""),
    )
    order.setdefault("seen", set()).add(order["status"])
    data = shown(order)
    if message.get(150) == "F":
        data.update(qty=number(message, 32), price=number(message, 31))
        plugin.event(component, f"FILL {message.get(32)} {order['id']}", data)
    else:
        plugin.event(component, f"ORDER {order['status']} {order['id']}", data)


def shown(order: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in order.items() if name not in ("seen", "last")}


# ---- the session


@plugin.command(undo="logout")
def logon(
    address: Annotated[Optional[str], "HOST:PORT; config's gateway unless given"] = None,
    reset: Annotated[bool, "both sides begin again with 1"] = True,
) -> dict[str, Any]:
    """Connects and logs on.

    Gives the counterpart's heartbeat interval, and the numbers that are next."""
    address = address or plugin.config.get("gateway")
    host, _, port = str(address or "").rpartition(":")
    if not port.isdigit():
        raise EnvironmentFault(f"no HOST:PORT to connect to: {address!r}; it is config's `gateway`")
    try:
        answer = session.logon(host, int(port), reset, within())
    except Refused as refused:
        raise SystemFault(f"logon refused: {refused}") from None
    return {
        "heartbeat": Duration.of(int(answer.get(108, 0))),
        "incoming": session.incoming,
        "outgoing": session.outgoing,
    }


@plugin.command
def logout(*words: str) -> None:
    """Logs out and closes the connection; fine if nobody is logged on. Words are passed over."""
    session.logout(within())


@plugin.command
def sequence(incoming: Optional[int] = None, outgoing: Optional[int] = None) -> dict[str, int]:
    """The sequence numbers that are next; sets those that are given, as though messages were lost."""
    session.set_numbers(incoming, outgoing)
    return {"incoming": session.incoming, "outgoing": session.outgoing}


@plugin.command
def test_request(call: Call) -> Duration:
    """Asks whether the counterpart is there, and gives the time that its answer took."""
    text = f"TEST {next(numbers)}"
    since, began = len(received), time.monotonic()
    send("1", [(112, text)])
    await_message(call, since, lambda message: message.get(112) == text, "no answer to a test request")
    return Duration.of(time.monotonic() - began)


# ---- orders


@plugin.command
def send_order(
    call: Call,
    side: Literal["buy", "sell"],
    symbol: str,
    qty: int,
    price: Annotated[Optional[Decimal], "the limit; a market order without"] = None,
    id: Annotated[Optional[str], "ClOrdID; made up unless given"] = None,
) -> dict[str, Any]:
    """Sends an order (D) and waits for the first report of it. Fails if it is rejected."""
    id = id or f"{run_began}-{next(numbers)}"
    if id in orders:
        raise ScenarioFault(f"there was an order {id} already")
    fields: Fields = [(11, id), (55, symbol), (54, 1 if side == "buy" else 2), *now(), (38, qty)]
    fields += [(40, 1)] if price is None else [(40, 2), (44, plain(price))]
    since, began = len(received), time.monotonic()
    orders[id] = {"id": id, "side": side, "symbol": symbol, "qty": qty, "last": id}
    sent = send("D", [*fields, (59, 0)])

    def answered(message: Message) -> bool:
        return settles(message, id) or refuses(message, sent)

    came = await_message(call, since, answered, f"no report of the order {id}")
    if refuses(came, sent):
        raise SystemFault(f"order refused: {came.get(58) or 'no reason given'}")
    order = orders[id]
    took = Duration.of(time.monotonic() - began)
    call.metric(str(plugin.config.get("component", "System")), "order_latency", took)
    if order["status"] == "rejected":
        raise SystemFault(f"order rejected: {order['text'] or 'no reason given'}", value=shown(order))
    return shown(order)


@plugin.command
def cancel_order(call: Call, id: str) -> dict[str, Any]:
    """Cancels an order (F). Fails if that is rejected."""
    return change(call, id, "F", [], "canceled")


@plugin.command
def replace_order(call: Call, id: str, qty: int, price: Decimal) -> dict[str, Any]:
    """Replaces an order's quantity and limit (G); its id stays. Fails if that is rejected."""
    return change(call, id, "G", [(38, qty), (40, 2), (44, plain(price))], "replaced")


@plugin.command
def expect_order(call: Call, id: str, status: Status, limit: Duration = Duration.of(5)) -> dict[str, Any]:
    """Waits until an order has been in that status, and gives the order. Fails if it never was."""

    def done(order: dict[str, Any]) -> bool:
        return status in order.get("seen", ())

    return shown(await_order(call, id, done, f"the order {id} was never {status}", limit.seconds))


# ---- any message


@plugin.command
def send_message(type: str, *fields: str) -> int:
    """Sends any message: `send_message D 11=A1 55=ACME …`. Gives its sequence number."""
    return send(type, [field(word) for word in fields])


@plugin.command
def expect_message(call: Call, type: str, *fields: str) -> dict[str, str]:
    """Waits for a message of that type with these fields, or finds one that came before.

    Gives all its fields by their tags."""
    wanted = [field(word) for word in fields]

    def fits(message: Message) -> bool:
        return message.get(35) == type and all(message.get(tag) == value for tag, value in wanted)

    text = f"no message {' '.join([type, *fields])}"
    message = await_message(call, 0, fits, text)
    return {str(tag): value for tag, value in message.items()}


def field(word: str) -> tuple[int, str]:
    tag, equals, value = word.partition("=")
    if not equals or not tag.isdigit() or "\x01" in value:
        raise ScenarioFault(f"a field is TAG=VALUE, and not {word!r}")
    return int(tag), value


def now() -> Fields:
    return [(60, time.strftime("%Y%m%d-%H:%M:%S", time.gmtime()))]


def plain(price: Decimal) -> str:
    return format(price, "f")


def send(kind: str, fields: Fields) -> int:
    try:
        return session.send(kind, fields)
    except Refused as refused:
        raise SystemFault(str(refused)) from None


def settles(message: Message, request: str) -> bool:
    """Whether a message is the answer to a request about an order, and not only that it is looked at."""
    return (
        message.get(11) == request
        and message.get(35) in ("8", "9")
        and not STATUS.get(message.get(39, ""), "").startswith("pending")
    )


def refuses(message: Message, number: int) -> bool:
    """Whether a message says that the one of that number is none (3), or is nothing that can be done (j)."""
    return message.get(35) in ("3", "j") and message.get(45) == str(number)


def change(call: Call, id: str, kind: str, fields: Fields, status: str) -> dict[str, Any]:
    """A request about an order, answered by a report or by a reject (9)."""
    order = orders.get(id)
    if order is None:
        raise ScenarioFault(f"no order {id} was sent")
    request = f"{id}/{next(numbers)}"
    since = len(received)
    same: Fields = [(55, order["symbol"]), (54, 1 if order["side"] == "buy" else 2)]
    fields = fields or [(38, order["qty"])]
    requests[request] = id
    sent = send(kind, [(41, order["last"]), (11, request), *same, *now(), *fields])

    def answer(message: Message) -> bool:
        return settles(message, request) or refuses(message, sent)

    came = await_message(call, since, answer, f"no answer to {request}")
    if came.get(35) != "8" or STATUS.get(came.get(39, "")) == "rejected":
        raise SystemFault(f"order {id} is not {status}: {came.get(58) or 'no reason given'}")
    order["last"] = request
    order["qty"] = next((value for tag, value in fields if tag == 38), order["qty"])
    return shown(order)


def await_order(
    call: Call, id: str, done: Any, otherwise: str, limit: Optional[float] = None
) -> dict[str, Any]:
    def found() -> Any:
        order = orders.get(id)
        return order if order is not None and done(order) else None

    order = wait(call, found, limit)
    if order is None:
        state = orders.get(id, {}).get("status", "unknown")
        raise SystemFault(f"{otherwise} within {Duration.of(limit or within())}; it is {state}")
    return dict(order)


def await_message(
    call: Call, since: int, fits: Any, otherwise: str, limit: Optional[float] = None
) -> Message:
    def found() -> Any:
        return next((message for message in received[since:] if fits(message)), None)

    message = wait(call, found, limit)
    if message is None:
        raise SystemFault(f"{otherwise} within {Duration.of(limit or within())}")
    return dict(message)


def wait(call: Call, found: Any, limit: Optional[float]) -> Any:
    try:
        came = session.wait(found, within() if limit is None else limit, lambda: call.cancelled)
    except Refused as refused:
        raise SystemFault(str(refused)) from None
    call.check()
    return came


if __name__ == "__main__":
    plugin.run()
