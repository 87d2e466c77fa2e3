"""The agent's server: `python -m loraferry_agent.serve` talks the protocol over its standard streams.

Stateless, one a connection. It ends when its input ends, or when nothing was heard for a while; jobs go on without it.
"""

import argparse
import os
import sys
import threading
import time
import traceback

from loraferry_agent import platform
from loraferry_agent.jobs.launch import add_arguments, settings_from
from loraferry_agent.layout import default_home
from loraferry_agent.serving.connection import Connection
from loraferry_agent.serving.handlers import TABLE, take_bulk

SILENCE_SECONDS = 60.0
"""The desktop pings every few seconds; after this long without a byte it is gone."""
GUARD_SECONDS = 5.0
"""How often somebody looks whether armed guards are kept."""
STATUS_SILENT = 3
STATUS_BROKEN = 70


def main() -> None:
    """Serve one connection to its end."""
    parser = argparse.ArgumentParser(prog="loraferry_agent.serve")
    add_arguments(parser, default_home())
    parser.add_argument("--silence-seconds", type=float, default=SILENCE_SECONDS)
    parsed = parser.parse_args()
    threading.excepthook = _end_at_a_bug
    incoming, outgoing = platform.claim_standard_streams()
    connection = Connection(settings_from(parsed), incoming, outgoing, TABLE, take_bulk)
    watch = threading.Thread(target=_watch, args=(connection, parsed.silence_seconds), daemon=True)
    watch.start()
    sys.exit(connection.run())


def _watch(connection: Connection, limit: float) -> None:
    """End at a long silence; meanwhile see to it that guards which are armed have a supervisor that keeps to them."""
    look_at = time.monotonic() + GUARD_SECONDS
    while connection.silence() < limit:
        time.sleep(min(1.0, limit / 10))
        if time.monotonic() >= look_at:
            look_at = time.monotonic() + GUARD_SECONDS
            connection.keep_guarded()
    # The reading thread cannot be woken from its read, and nothing is lost: the state is in files.
    os._exit(STATUS_SILENT)


def _end_at_a_bug(arguments: threading.ExceptHookArgs) -> None:
    # A request whose thread died would wait for ever; the desktop connects anew instead, and shows what stands here.
    traceback.print_exception(arguments.exc_type, arguments.exc_value, arguments.exc_traceback)
    os._exit(STATUS_BROKEN)


if __name__ == "__main__":
    main()
