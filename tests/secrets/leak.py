"""A system under test that tells its secrets in every way that programs have of writing text.

    leak.py forms FOLDER     what must not be found: `NAME FORM HEX`, a line each
    leak.py tell             every secret of its environment, S0 S1 …, in every form, on both streams
    leak.py pieces           the same in writes of a few bytes
    leak.py raw              the secrets as a JSON list
    leak.py show FILE        puts its environment, and the arguments of all processes of the run, into FILE
    leak.py plugin           a plug-in: it tells its secrets in logs, metrics, events, errors and as it crashes
"""

import base64
import glob
import html
import json
import os
import random
import shlex
import sys
import time
import urllib.parse
import xml.sax.saxutils


def units(text, digits="%04x"):
    """Every character as \\uXXXX, as the most careful of JSON writers do."""
    data = text.encode("utf-16-be", "surrogatepass")
    return "".join("\\u" + digits % int.from_bytes(data[at:at + 2], "big") for at in range(0, len(data), 2))


def percent(secret, digits):
    return "".join("%" + digits % byte for byte in secret)


def bytes_forms(secret):
    yield "plain", secret
    for name, encode in ("base64", base64.b64encode), ("base64url", base64.urlsafe_b64encode):
        for before in range(3):
            # What no neighbour has a part in.
            text = encode(b"\0" * before + secret + b"\0\0\0")
            first, last = -(-before * 8 // 6), (before + len(secret)) * 8 // 6
            yield f"{name}-{before}", text[first:last]
        yield name, encode(secret)
        yield f"{name}-unpadded", encode(secret).rstrip(b"=")
    for name, text in ("hex", secret.hex()), ("HEX", secret.hex().upper()):
        yield name, text.encode()
    yield "hex-spaced", secret.hex(" ").encode()
    yield "hex-escaped", "".join(f"\\x{byte:02x}" for byte in secret).encode()
    yield "octal", "".join(f"\\{byte:03o}" for byte in secret).encode()
    yield "url-all", percent(secret, "%02X").encode()
    yield "url-all-lower", percent(secret, "%02x").encode()
    for safe in "", "/", "/:?#[]@!$&'()*+,;=", "-_.!~*'()":
        text = urllib.parse.quote(secret, safe=safe)
        yield f"url{safe}", text.encode()
        yield f"url-form{safe}", urllib.parse.quote_plus(secret, safe=safe).encode()
    yield "repr", repr(secret).encode()[2:-1]
    wrapped = base64.encodebytes(b"a heading that makes the line break somewhere within: " + secret)
    yield "base64-in-json", json.dumps(base64.b64encode(secret).decode()).replace("/", "\\/").encode()[1:-1]
    yield "base64-in-url", urllib.parse.quote_plus(base64.b64encode(secret)).encode()
    yield "base64-twice", base64.b64encode(base64.b64encode(secret))
    yield "wrapped", wrapped


def text_forms(text):
    yield "json", json.dumps(text)[1:-1]
    yield "json-utf8", json.dumps(text, ensure_ascii=False)[1:-1]
    yield "json-slash", json.dumps(text)[1:-1].replace("/", "\\/")
    yield "json-html", json.dumps(text)[1:-1].replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026").replace("'", "\\u0027")
    yield "json-all", units(text)
    yield "json-ALL", units(text, "%04X")
    yield "json-twice", json.dumps(json.dumps(text))[1:-1]
    yield "json-in-url", urllib.parse.quote_plus(json.dumps(text))
    yield "url-in-json", json.dumps(urllib.parse.quote(text))[1:-1]
    yield "html", html.escape(text)
    yield "html-text", html.escape(text, quote=False)
    yield "html-all", "".join(f"&#{ord(c)};" for c in text)
    yield "html-hex", "".join(f"&#x{ord(c):x};" for c in text)
    yield "html-in-json", json.dumps(html.escape(text))[1:-1]
    yield "xml", xml.sax.saxutils.escape(text, {'"': "&quot;", "'": "&apos;", "\n": "&#10;"})
    yield "shell", shlex.quote(text)
    yield "shell-double", text.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$").replace("`", "\\`")
    yield "shell-backslashes", "".join(c if c.isalnum() or c == "\n" else "\\" + c for c in text)
    yield "python", repr(text)[1:-1]
    yield "rust", "".join(c if c.isascii() and c.isprintable() and c not in "\"\\" else "\\u{%x}" % ord(c) for c in text)
    yield "sql", text.replace("'", "''")
    yield "csv", text.replace('"', '""')
    yield "base64-utf16", base64.b64encode(text.encode("utf-16-le")).decode()


# Forms that are shown and not hunted: what is left of them when the secret itself is masked is no secret,
# or nobody can tell them from other text.
SHOWN_ONLY = {"wrapped", "base64-twice", "base64-utf16", "sql", "csv", "octal"}


def forms(secret):
    yield from bytes_forms(secret)
    try:
        text = secret.decode()
    except UnicodeDecodeError:
        return
    for name, form in text_forms(text):
        yield name, form.encode()


def given():
    found = {}
    for name, value in os.environb.items():
        if name[:1] == b"S" and name[1:].isdigit():
            found[name.decode()] = value
    return dict(sorted(found.items()))


def hunted(folder):
    for path in sorted(glob.glob(folder + "/s*")):
        secret = open(path, "rb").read()
        name = os.path.basename(path)
        for form, text in forms(secret):
            if form not in SHOWN_ONLY:
                print(name, form.replace(" ", "_"), text.hex())


def told():
    for name, secret in given().items():
        for form, text in forms(secret):
            yield b"<" + name.encode() + b" " + form.encode() + b"=" + text + b">\n"


def tell():
    for line in told():
        os.write(1, line)
        os.write(2, line)


def pieces():
    chance = random.Random(len(b"".join(given().values())))
    for line in told():
        while line:
            length = chance.randint(1, 9)
            os.write(1, line[:length])
            line = line[length:]


def raw():
    print(json.dumps([secret.decode("utf-8", "replace") for secret in given().values()]))


def show(file):
    with open(file, "ab") as out:
        for name, value in os.environb.items():
            out.write(name + b"=" + value + b"\n")
        out.write(b"\n\n" + arguments())


def arguments():
    run = b"SCN_RUN=" + os.environb.get(b"SCN_RUN", b"none")
    found = b""
    for process in glob.glob("/proc/[0-9]*"):
        try:
            own = int(process.rsplit("/", 1)[1])
            environment = open(process + "/environ", "rb").read()
            if run in environment.split(b"\0") or own == os.getppid():
                found += open(process + "/cmdline", "rb").read().replace(b"\0", b"\n")
        except OSError:
            pass
    return found


def send(**message):
    sys.stdout.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
    sys.stdout.flush()


def plugin():
    texts = [secret.decode("utf-8", "replace") for secret in given().values()]
    commands = ["log", "fail", "blame", "crash", "garbage", "value", "report", "arguments"]
    for line in sys.stdin:
        ask = json.loads(line)
        method, number = ask.get("method"), ask.get("id")
        if method == "initialize":
            declared = [{"name": "p_" + name, "params": [{"name": "at", "type": "int", "default": 0}], "rest": True} for name in commands]
            send(id=number, result={"protocol": 1, "name": "leaky", "version": "1", "commands": declared})
            continue
        if method != "call":
            send(id=number, result={})
            continue
        command, secret = ask["params"]["command"], texts[ask["params"]["args"]["at"] % len(texts)]
        if command == "p_log":
            for text in texts:
                print(text, file=sys.stderr)
                print(repr(text), json.dumps(text), file=sys.stderr, flush=True)
                send(method="log", params={"call": number, "level": "info", "message": "saw " + text})
                send(method="log", params={"message": "saw %r" % text})
                send(method="output", params={"call": number, "stream": "stdout", "data": text})
            send(id=number, result={"value": None})
        elif command == "p_fail":
            send(id=number, error={"code": 1, "message": "refused " + secret, "data": {"blame": "system"}})
        elif command == "p_blame":
            send(id=number, error={"code": 1, "message": "x", "data": {"blame": secret}})
        elif command == "p_crash":
            print("x" * 30 + " last words " + secret, file=sys.stderr, flush=True)
            time.sleep(0.05)
            os.kill(os.getpid(), 11)
        elif command == "p_garbage":
            sys.stdout.write("no message: " + "x" * 70 + secret.replace("\n", " ") + "\n")
            sys.stdout.flush()
        elif command == "p_value":
            send(id=number, result={"value": {"secret": secret, secret: [secret, {"x": secret}]}})
        elif command == "p_report":
            send(method="event", params={"call": number, "subject": "System", "message": "saw " + secret, "data": {"it": secret, secret: 1}})
            send(method="metric", params={"subject": "System", "name": "leak", "value": secret})
            send(method="metric", params={"subject": secret, "name": secret, "value": 1, "unit": secret})
            send(id=number, result={"value": None})
        elif command == "p_arguments":
            show("out/plugin-" + str(os.getpid()))
            send(id=number, result={"value": None})


if __name__ == "__main__":
    verb, *words = sys.argv[1:]
    {"forms": hunted, "tell": tell, "pieces": pieces, "raw": raw, "show": show, "plugin": plugin}[verb](*words)
