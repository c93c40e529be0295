"""Typst, in process: templates of this app, our fonts, data as JSON; no network, no packages, no system fonts."""

from __future__ import annotations

import threading
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import orjson
import typst

from labels import fonts
from labels.model import Output

TEMPLATES = Path(__file__).with_name("typst")
THERMAL_DPI = 203
ACCESSIBLE: Literal["ua-1"] = (
    "ua-1"  # PDF/UA: tagged, titled, every picture in words; Typst refuses what does not conform
)
REMEMBERED = 10  # compilations for which Typst keeps its working
LARGE = 50_000  # letters of data, about ten labels
_own = threading.local()
_fonts_lock = threading.Lock()


@lru_cache(maxsize=1)
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=fonts.folders())


def _compiler() -> typst.Compiler:
    """Return this thread's compiler. The fonts are read once and shared; a compiler is used by one thread only."""
    if not hasattr(_own, "compiler"):
        with _fonts_lock:
            shared = _fonts()
        nowhere = TEMPLATES / "packages"  # there is none, and none is fetched
        _own.compiler = typst.Compiler(
            root=TEMPLATES,
            font_paths=shared,
            ignore_system_fonts=True,
            package_path=nowhere,
            package_cache_path=nowhere,
        )
    compiler: typst.Compiler = _own.compiler
    return compiler


def _forget(compiler: typst.Compiler) -> None:
    """Let go of a large document: Typst keeps what it worked out for ten compilations, a megabyte and more a label."""
    for _time in range(REMEMBERED + 1):
        compiler.compile(input=b"", format="svg")


def compile_document(template: str, data: dict[str, Any], output: Output, *, dpi: int = THERMAL_DPI) -> list[bytes]:
    """Set a document; return the PDF alone, or one PNG a page. `template` is a file that offers `typeset(data)`.

    The data stands in the source as one literal, which Typst reads as JSON: it is never read as markup or code. What
    does not change between documents (templates, standing wording) is thus worked out once, not for each document.
    """
    written = orjson.dumps(data).decode()
    source = f'#import "{template}": typeset\n#typeset(json(bytes({literal(written)})))'
    compiler = _compiler()
    form: Literal["pdf", "png"] = "pdf" if output == Output.PDF else "png"
    try:
        made = compiler.compile(
            input=source.encode(), format=form, ppi=float(dpi), timestamp=0, pdf_standards=[ACCESSIBLE]
        )
    finally:
        if len(written) > LARGE:
            _forget(compiler)
    return made if isinstance(made, list) else [made or b""]


def literal(text: str) -> str:
    """Write text as a Typst string: within quotes, only the backslash and the quote have a meaning."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
