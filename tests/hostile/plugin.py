"""A plug-in that gives back what it gets, and says what arrived."""

import json
import sys


def send(**message):
    print(json.dumps({"jsonrpc": "2.0", **message}), flush=True)


for line in sys.stdin:
    ask = json.loads(line)
    method, number = ask.get("method"), ask.get("id")
    if method == "initialize":
        text = [{"name": "x", "type": "text"}]
        commands = [{"name": "give", "params": text}, {"name": "give_rest", "rest": True}, {"name": "tell", "params": text}]
        send(id=number, result={"protocol": 1, "name": "hostile", "version": "1", "commands": commands})
    elif method == "call":
        params = ask["params"]
        value = params["rest"] if params["command"] == "give_rest" else params["args"]["x"]
        if params["command"] == "tell":
            send(method="log", params={"call": number, "level": "info", "message": value})
            send(method="event", params={"call": number, "subject": "System", "message": "E" + value, "data": {"it": value}})
            print(value, file=sys.stderr, flush=True)
        send(id=number, result={"value": value})
    elif number is not None:
        send(id=number, result={})
