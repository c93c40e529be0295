"""`make run`: the services, the database made ready, then web, staff console, workers and scheduler until Ctrl-C."""

import os
import shlex
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import honcho.manager

from ecship.embedded import assets, keys, ports
from ecship.embedded.banner import Banner, announce_when_ready
from ecship.embedded.errors import EmbeddedError
from ecship.embedded.places import PROJECT, Home, Lock
from ecship.embedded.prepare import prepare
from ecship.embedded.processes import end_leftovers, guarded
from ecship.embedded.services import CONSOLE_FILE, services

DEFAULT_PORT = 8000
CONSOLE_ABOVE = 1000  # the staff console's port counted from the site's
GRACE_SECONDS = 8
# A laptop's root may run the worker: it takes JSON only. The image has a user of its own.
CELERY = '-W "ignore:You\'re running the worker" -m celery --app=ecship.celery --quiet'
OF_SECURITY = ("DATABASE_SECURITY_URL", "ECSHIP_SEAL_KEY")
PRIVILEGED = ("DATABASE_OWNER_URL", *OF_SECURITY)
# Which of them a process knows: only the security worker signs the trail.
KNOWN = {"security": OF_SECURITY, "console": ("DATABASE_SECURITY_URL",)}


def run(path: Path, given: Mapping[str, str]) -> int:
    """Run the site until it is told to stop; return the exit code."""
    port = _port(given, "PORT") or DEFAULT_PORT
    home = Home(path)
    lock = Lock(home)
    if not lock.take():
        raise EmbeddedError(f"{path} is already running. For a second site: make run PORT=8001 RUN_DIR=/another/folder")
    try:
        home.make()
        end_leftovers(home)
        _check_port("PORT", port)
        console_port = _console_port(port, given)
        assets.build()
        # Commands on this home print links to the console: they read there where it is.
        home.write(CONSOLE_FILE, {"CONSOLE_ADDRESS": f"http://{ports.LOOPBACK}:{console_port}"})
        with services(home, given) as environment:
            prepared = _site_environment(home, port, environment)
            prepare(home, prepared, runtime_environment(prepared), database=given.get("DATABASE_URL", ""))
            return _serve(home, port, console_port, prepared)
    finally:
        lock.release()


def _port(given: Mapping[str, str], name: str) -> int | None:
    text = given.get(name) or ""
    if text and not (text.isdecimal() and 1 <= int(text) <= 65535):
        raise EmbeddedError(f"{name} must be a number from 1 to 65535, not {text!r}.")
    return int(text) if text else None


def _check_port(name: str, port: int) -> None:
    if ports.is_taken(port):
        other = port + 1 if port < 65535 else DEFAULT_PORT
        raise EmbeddedError(f"Port {port} is taken by another program. Choose another one: make run {name}={other}")


def _console_port(port: int, given: Mapping[str, str]) -> int:
    """Return the port of the staff console: the one given, else 1000 above the site's, else any that is free."""
    if chosen := _port(given, "CONSOLE_PORT"):
        _check_port("CONSOLE_PORT", chosen)
        return chosen
    usual = port + CONSOLE_ABOVE
    return usual if usual <= 65535 and not ports.is_taken(usual) else ports.free_port()


def _site_environment(home: Home, port: int, environment: Mapping[str, str]) -> dict[str, str]:
    here = {
        "SITE_ADDRESS": f"http://{ports.LOOPBACK}:{port}",
        "EMAIL_FILE_PATH": str(home.mail),
        "DJANGO_SETTINGS_MODULE": "ecship.settings",
        "PYTHONUNBUFFERED": "1",
    }
    return {**here, **environment}


def runtime_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what web and worker may know: not the owner's nor the security role's credential, nor the trail's key."""
    return {name: value for name, value in environment.items() if name not in PRIVILEGED}


def _serve(home: Home, port: int, console_port: int, environment: dict[str, str]) -> int:
    honcho.manager.KILL_WAIT = GRACE_SECONDS + 4
    manager = honcho.manager.Manager()
    for name, arguments in _processes(home, port, console_port).items():
        command = guarded(home, name, [sys.executable, *shlex.split(arguments)], grace=GRACE_SECONDS)
        manager.add_process(name, f"exec {shlex.join(command)}", env=_known_to(name, environment), cwd=str(PROJECT))
    banner = Banner(
        environment["SITE_ADDRESS"],
        environment["CONSOLE_ADDRESS"],
        keys.demo_password(home),
        Path(environment["EMAIL_FILE_PATH"]),
        keys.demo_link(home, now=time.time()),
    )
    announce_when_ready((port, console_port), banner, _say)
    try:
        manager.loop()
    except KeyboardInterrupt:
        manager.terminate()
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        end_leftovers(home)
    asked = manager.returncode in (None, 128 + signal.SIGINT, 128 + signal.SIGTERM)
    if not asked:
        print("ecship: a process ended by itself; its reason is above.", file=sys.stderr)
    return 0 if asked else (manager.returncode or 1)


def _known_to(name: str, environment: Mapping[str, str]) -> dict[str, str]:
    known = runtime_environment(environment)
    known |= {secret: environment[secret] for secret in KNOWN.get(name, ()) if environment.get(secret)}
    if name == "console":
        known["CONSOLE"] = "true"
    return known


def _processes(home: Home, port: int, console_port: int) -> dict[str, str]:
    node = f"ecship-{os.getpid()}"
    schedule = shlex.quote(str(home.path / "celerybeat-schedule"))
    gunicorn = "-m gunicorn ecship.wsgi:application --config=python:ecship.server.options --graceful-timeout=5"
    return {
        "web": f"{gunicorn} --workers=2 --bind={ports.LOOPBACK}:{port}",
        "console": f"{gunicorn} --workers=1 --bind={ports.LOOPBACK}:{console_port}",
        "worker": (
            f"{CELERY} worker --queues=interactive,bulk,notices --concurrency=2 --hostname=worker@{node}"
            " --loglevel=WARNING"
        ),
        # In threads: it waits for receivers, mostly.
        "webhooks": (
            f"{CELERY} worker --queues=webhooks --pool=threads --concurrency=8 --hostname=webhooks@{node}"
            " --loglevel=WARNING"
        ),
        "security": (
            f"{CELERY} worker --queues=security --concurrency=1 --hostname=security@{node} --loglevel=WARNING"
        ),
        "beat": f"{CELERY} beat --schedule={schedule} --pidfile= --loglevel=WARNING",
    }


def _say(text: str) -> None:
    print(text, flush=True)
