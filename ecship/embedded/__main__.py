"""`python -m ecship.embedded exec -- COMMAND`, `run`, `browser`, `clean`; see docs/operations.md."""

import argparse
import os
import signal
import sys
from collections.abc import Sequence

from ecship.embedded.errors import EmbeddedError
from ecship.embedded.execute import execute
from ecship.embedded.places import run_folder


def main(arguments: Sequence[str] | None = None) -> int:
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGHUP, _stop)
    chosen = _parser().parse_args(arguments)
    try:
        return _dispatch(chosen)
    except EmbeddedError as error:
        print(f"ecship: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _dispatch(chosen: argparse.Namespace) -> int:
    path = run_folder(os.environ)
    if chosen.action == "exec":
        command = chosen.command[1:] if chosen.command[:1] == ["--"] else chosen.command
        return execute(path, command, os.environ, site=chosen.site)
    raise EmbeddedError(f"{chosen.action} is not known.")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ecship.embedded")
    actions = parser.add_subparsers(dest="action", required=True)
    command = actions.add_parser("exec", help="run a command with PostgreSQL and Redis of its own")
    command.add_argument("--site", action="store_true", help="use the data of `make run` instead")
    command.add_argument("command", nargs=argparse.REMAINDER, metavar="-- COMMAND")
    return parser


def _stop(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
