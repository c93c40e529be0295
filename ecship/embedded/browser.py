"""A Chromium for the browser tests: the machine's, or one installed by whatever way works here."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping

from ecship.embedded.errors import EmbeddedError
from ecship.embedded.node import node, npm
from ecship.embedded.places import PROJECT

# A headless shell is the same engine without the windows that nobody sees, at half the processor time.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CARRIER = "@sparticuz/chromium@153.0.0"
FOLDER = PROJECT / ".run" / "browser"
START_SECONDS = 30.0
LOUD = """\
******************************************************************************
  NO BROWSER: the browser tests will be SKIPPED. Tried: {tried}.
  Install Chromium, or name one with ECSHIP_BROWSER=/path/to/chromium.
******************************************************************************"""


def browser(given: Mapping[str, str]) -> int:
    """Print the path of a Chromium that starts; without one say so loudly, and fail in CI."""
    if found := find(given) or _install():
        print(found)
        return 0
    print(LOUD.format(tried="the machine, the package manager, npm, Playwright"), file=sys.stderr)
    return 1 if given.get("CI") == "true" else 0


def find(given: Mapping[str, str]) -> str:
    """Return the path of a Chromium that is here and starts, or "". Nothing is installed."""
    return next((path for path in _candidates(given) if _starts(path)), "")


def _candidates(given: Mapping[str, str]) -> Iterator[str]:
    if named := given.get("ECSHIP_BROWSER"):
        yield named
    yield from filter(None, map(shutil.which, NAMES))
    remembered = FOLDER / "path"
    if remembered.exists():
        yield remembered.read_text().strip()


def _starts(path: str) -> bool:
    """A file is no proof: it may be a placeholder, or libraries may be missing. See whether it listens for orders."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile, tempfile.TemporaryFile("w+") as says:
        options = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--remote-debugging-port=0",
        ]
        try:
            process = subprocess.Popen(  # noqa: S603
                [path, *options, f"--user-data-dir={profile}/profile", "about:blank"],
                stdin=subprocess.DEVNULL,
                stdout=says,
                stderr=says,
                start_new_session=True,
            )
        except OSError:
            return False
        deadline = time.monotonic() + START_SECONDS
        listens = False
        while not listens and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.1)
            says.seek(0)
            listens = "DevTools listening on" in says.read()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return listens


def _install() -> str:
    ways: list[tuple[str, Callable[[], str]]] = [
        ("the system's package manager", _by_apt),
        ("an npm package", _by_npm),
        ("Playwright", _by_playwright),
    ]
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, way in ways:
        print(f"No Chromium here; trying {name} ...", file=sys.stderr, flush=True)
        try:
            path = way()
        except (EmbeddedError, OSError, subprocess.SubprocessError) as error:
            print(f"  {str(error).strip().splitlines()[-1] if str(error).strip() else error!r}", file=sys.stderr)
            continue
        if path and _starts(path):
            (FOLDER / "path").write_text(path)
            return path
    return ""


def _by_apt() -> str:
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise EmbeddedError("needs root and apt-get")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}

    def apt_get(*arguments: str) -> bool:
        ended = subprocess.run(  # noqa: S603
            ["apt-get", "-q", *arguments],  # noqa: S607
            env=quiet,
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr,
            timeout=600,
        )
        return ended.returncode == 0

    apt_get("update")
    any(apt_get("install", "-y", "--no-install-recommends", name) for name in NAMES[:2])
    return next(filter(None, map(shutil.which, NAMES)), "")


def _by_npm() -> str:
    """Fetch a package that carries a packed Chromium; it unpacks itself into the temporary folder, which we choose."""
    environment = {**os.environ, "TMPDIR": str(FOLDER), "AWS_LAMBDA_JS_RUNTIME": "nodejs22.x"}
    npm("install", "--no-save", "--no-audit", "--no-fund", f"--prefix={FOLDER}", CARRIER, own=True)
    script = "import('@sparticuz/chromium').then(async m => console.log(await m.default.executablePath()))"
    return node("--input-type=module", "--eval", script, cwd=FOLDER, environment=environment).strip()


def _by_playwright() -> str:
    environment = {**os.environ, "PLAYWRIGHT_BROWSERS_PATH": str(FOLDER / "playwright")}
    subprocess.run(
        [sys.executable, "-m", "playwright", "install", "--only-shell", "chromium"],
        env=environment,
        stdout=sys.stderr,
        timeout=600,
        check=True,
    )
    found = sorted((FOLDER / "playwright").glob("chromium_headless_shell-*/*/*headless*shell"))
    return str(found[-1]) if found else ""
