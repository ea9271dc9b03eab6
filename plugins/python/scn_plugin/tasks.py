"""Commands that are ``async``: an event loop in a thread of its own does them."""

from __future__ import annotations

import asyncio
import concurrent.futures
import inspect
import threading
from typing import Any, Optional

from .call import Call, Cancelled

_lock = threading.Lock()
_loop: Optional[asyncio.AbstractEventLoop] = None


def done(result: Any, call: Optional[Call] = None) -> Any:
    """What came of a function: of a coroutine, what comes of it once it was done. One whose call is
    cancelled is cancelled too."""
    if not inspect.iscoroutine(result):
        return result
    future = asyncio.run_coroutine_threadsafe(result, _running())
    if call is not None:
        call.on_cancel(future.cancel)
    try:
        return future.result()
    except (concurrent.futures.CancelledError, asyncio.CancelledError):
        raise Cancelled("cancelled") from None


def _running() -> asyncio.AbstractEventLoop:
    global _loop
    with _lock:
        if _loop is None:
            _loop = asyncio.new_event_loop()
            threading.Thread(target=_loop.run_forever, name="async commands", daemon=True).start()
        return _loop
