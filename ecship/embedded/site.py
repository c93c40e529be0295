"""`make run`: the services, the database made ready, then web, workers and scheduler until Ctrl-C."""

import os
import shlex
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

import honcho.manager

from ecship.embedded import assets, keys, ports
from ecship.embedded.banner import Banner, announce_when_ready
from ecship.embedded.errors import EmbeddedError
from ecship.embedded.places import PROJECT, Home, Lock
from ecship.embedded.prepare import prepare
from ecship.embedded.processes import end_leftovers, guarded
from ecship.embedded.services import services

DEFAULT_PORT = 8000
GRACE_SECONDS = 8
# A laptop's root may run the worker: it takes JSON only. The image has a user of its own.
CELERY = '-W "ignore:You\'re running the worker" -m celery --app=ecship.celery --quiet'
PRIVILEGED = ("DATABASE_OWNER_URL", "DATABASE_SECURITY_URL")


def run(path: Path, given: Mapping[str, str]) -> int:
    """Run the site until it is told to stop; return the exit code."""
    port = _port(given)
    home = Home(path)
    lock = Lock(home)
    if not lock.take():
        raise EmbeddedError(f"{path} is already running. For a second site: make run PORT=8001 RUN_DIR=/another/folder")
    try:
        home.make()
        end_leftovers(home)
        _check_port(port)
        assets.build()
        with services(home, given) as environment:
            prepared = _site_environment(home, port, environment)
            prepare(home, prepared, runtime_environment(prepared), database=given.get("DATABASE_URL", ""))
            return _serve(home, port, prepared)
    finally:
        lock.release()


def _port(given: Mapping[str, str]) -> int:
    text = given.get("PORT") or str(DEFAULT_PORT)
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise EmbeddedError(f"PORT must be a number from 1 to 65535, not {text!r}.")
    return int(text)


def _check_port(port: int) -> None:
    if ports.is_taken(port):
        other = port + 1 if port < 65535 else DEFAULT_PORT
        raise EmbeddedError(f"Port {port} is taken by another program. Choose another one: make run PORT={other}")


def _site_environment(home: Home, port: int, environment: Mapping[str, str]) -> dict[str, str]:
    here = {
        "SITE_ADDRESS": f"http://{ports.LOOPBACK}:{port}",
        "EMAIL_FILE_PATH": str(home.mail),
        "DJANGO_SETTINGS_MODULE": "ecship.settings",
        "PYTHONUNBUFFERED": "1",
    }
    return {**here, **environment}


def runtime_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what web and worker may know: not the owner's nor the security role's credential."""
    return {name: value for name, value in environment.items() if name not in PRIVILEGED}


def _serve(home: Home, port: int, environment: dict[str, str]) -> int:
    honcho.manager.KILL_WAIT = GRACE_SECONDS + 4
    manager = honcho.manager.Manager()
    for name, arguments in _processes(home, port).items():
        command = guarded(home, name, [sys.executable, *shlex.split(arguments)], grace=GRACE_SECONDS)
        manager.add_process(name, f"exec {shlex.join(command)}", env=_known_to(name, environment), cwd=str(PROJECT))
    banner = Banner(environment["SITE_ADDRESS"], keys.demo_password(home), Path(environment["EMAIL_FILE_PATH"]))
    announce_when_ready(port, banner, _say)
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
    if name == "security" and environment.get("DATABASE_SECURITY_URL"):
        known["DATABASE_SECURITY_URL"] = environment["DATABASE_SECURITY_URL"]
    return known


def _processes(home: Home, port: int) -> dict[str, str]:
    node = f"ecship-{os.getpid()}"
    schedule = shlex.quote(str(home.path / "celerybeat-schedule"))
    return {
        "web": (
            "-m gunicorn ecship.wsgi:application --worker-class=gthread --workers=2 --threads=4 --no-control-socket"
            f" --bind={ports.LOOPBACK}:{port} --graceful-timeout=5 --log-level=warning"
        ),
        "worker": (
            f"{CELERY} worker --queues=interactive,bulk,notices --concurrency=2 --hostname=worker@{node}"
            " --loglevel=WARNING"
        ),
        "security": (
            f"{CELERY} worker --queues=security --concurrency=1 --hostname=security@{node} --loglevel=WARNING"
        ),
        "beat": f"{CELERY} beat --schedule={schedule} --pidfile= --loglevel=WARNING",
    }


def _say(text: str) -> None:
    print(text, flush=True)
