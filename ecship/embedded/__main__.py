"""`python -m ecship.embedded exec -- COMMAND`, `run`, `browser`, `clean`; see docs/operations.md."""

import argparse
import os
import signal
import sys
from collections.abc import Sequence

from ecship.embedded.errors import EmbeddedError
from ecship.embedded.execute import execute
from ecship.embedded.guard import end_with_parent
from ecship.embedded.places import run_folder


def main(arguments: Sequence[str] | None = None) -> int:
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGHUP, _stop)
    chosen = _parser().parse_args(arguments)
    if "MAKELEVEL" in os.environ:  # our parent is make (or a test under it): end with it, even when it is killed
        end_with_parent(signal.SIGTERM)
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
        if not command:
            raise EmbeddedError("Name the command to run: python -m ecship.embedded exec -- COMMAND")
        return execute(path, command, os.environ, site=chosen.site)
    if chosen.action == "run":
        from ecship.embedded.site import run

        return run(path, os.environ)
    if chosen.action == "assets":
        from ecship.embedded import assets

        assets.build(anew=chosen.anew)
        return 0
    if chosen.action == "browser":
        from ecship.embedded.browser import browser

        return browser(os.environ)
    if chosen.action == "clean":
        from ecship.embedded.clean import clean

        return clean(path)
    raise EmbeddedError(f"{chosen.action} is not known.")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ecship.embedded")
    actions = parser.add_subparsers(dest="action", required=True)
    command = actions.add_parser("exec", help="run a command with PostgreSQL and Redis of its own")
    command.add_argument("--site", action="store_true", help="use the data of `make run` instead")
    command.add_argument("command", nargs=argparse.REMAINDER, metavar="-- COMMAND")
    actions.add_parser("run", help="run the whole site until Ctrl-C (PORT, RUN_DIR)")
    built = actions.add_parser("assets", help="build stylesheet and message catalogues if they are not up to date")
    built.add_argument("--anew", action="store_true", help="build them in any case")
    actions.add_parser("browser", help="print the path of a Chromium, installing one if there is none")
    actions.add_parser("clean", help="remove all data of the embedded services")
    return parser


def _stop(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
