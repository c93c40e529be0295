"""Message catalogues: `python -m ecship.messages_build` makes them from locale/parts/*.po.json.

A part is an object {"English": ["繁體", "简体"]}; a plural's key is "singular\\0plural", a context stands before "\\4".
What a library says in other words than ours stands in locale/libraries.json: {"its English": ["our English",
"繁體", "简体"]}. The PO and MO files in locale/en, locale/zh_Hant and locale/zh_Hans are made here and not kept. With
`--check` it also lists every marked string of the sources that a language lacks, and every translation whose
placeholders differ, and fails.
With `--pseudo FOLDER` it makes a catalogue for tests instead, in which every message stands in ⟦brackets⟧: ours and
those of the libraries. The site knows neither that language nor that folder; `tests/site/test_pseudo.py` adds both and
finds what is on a page without having passed through a catalogue.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

PROJECT = Path(__file__).resolve().parent.parent
PARTS = PROJECT / "locale" / "parts"
LIBRARY_WORDS = PROJECT / "locale" / "libraries.json"
LANGUAGES = ("zh_Hant", "zh_Hans")
APPS = ("accounts", "addressbook", "ecship", "labels", "security", "shipments", "tracking")
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
PLACEHOLDER = re.compile(r"%\((\w+)\)[sdf]|(?<!%)\{(\w*)\}")
# Libraries whose own Chinese is good enough for the words that we share with them.
LIBRARIES = ("django", "allauth", "django.contrib.auth")
# What else speaks to people in its own words: all of it is bracketed in the language of the tests.
PSEUDO = "en_XA"
PSEUDO_LIBRARIES = ("django", "allauth", "rest_framework")


@dataclass(frozen=True)
class Key:
    """What a translation is found by."""

    message: str
    plural: str = ""
    context: str = ""

    @classmethod
    def read(cls, text: str) -> Key:
        context, mark, rest = text.rpartition("\4")
        message, _zero, plural = rest.partition("\0")
        return cls(message=message, plural=plural, context=context if mark else "")

    def __str__(self) -> str:
        return json.dumps(
            (f"{self.context}\4" if self.context else "") + self.message + (f"\0{self.plural}" if self.plural else "")
        )


@dataclass
class Translations:
    """All parts together; that two of them disagree is a problem: one of both would not say what was meant."""

    words: dict[Key, tuple[str, str]] = field(default_factory=dict)
    english: dict[Key, str] = field(default_factory=dict)  # ours, for what libraries say
    problems: list[str] = field(default_factory=list)


def load_parts() -> Translations:
    found = Translations()
    for path in sorted(PARTS.glob("*.po.json")):
        for text, pair in json.loads(path.read_text("utf-8")).items():
            key, words = Key.read(text), (str(pair[0]), str(pair[1]))
            if found.words.setdefault(key, words) != words:
                found.problems.append(f"{path.name}: {key} is translated otherwise in another part: give it a context")
            found.problems += [f"{path.name}: {problem}" for problem in differences(key, words)]
    for text, (english, *chinese) in json.loads(LIBRARY_WORDS.read_text("utf-8")).items():
        key, words = Key.read(text), (str(chinese[0]), str(chinese[1]))
        found.english[key], found.words[key] = english, words
        found.problems += [f"{LIBRARY_WORDS.name}: {problem}" for problem in differences(key, words)]
        if _names(english) != _names(text):
            found.problems.append(f"{LIBRARY_WORDS.name}: {key} has other placeholders in English: {english}")
    return found


def differences(key: Key, words: tuple[str, str]) -> Iterator[str]:
    """Tell where a translation is empty or names other values than its message."""
    wanted = _names(key.message) | _names(key.plural)
    for language, word in zip(LANGUAGES, words, strict=True):
        if not word.strip():
            yield f"{key} is empty in {language}"
        elif _names(word) != wanted:
            yield f"{key} has other placeholders in {language}: {word}"


def _names(text: str) -> set[str]:
    return {match[1] or match[2] or "" for match in PLACEHOLDER.finditer(text)}


@cache
def marked() -> dict[Key, str]:
    """Return every marked string of sources and templates, with the place where it was first seen."""
    found: dict[Key, str] = {}
    for path in sources():
        text = path.read_text("utf-8")
        name = str(path.relative_to(PROJECT))
        code = text if path.suffix == ".py" else _flat(templatize(text, origin=name))
        for line, message, _comments, context in extract("python", BytesIO(code.encode()), KEYWORDS):
            singular, plural = message if isinstance(message, tuple) else (message, "")
            if singular:
                found.setdefault(Key(singular, plural or "", context or ""), f"{name}:{line}")
    return found


def _flat(code: str) -> str:
    """A template's indentation means nothing to Python."""
    return "\n".join(line.lstrip() for line in code.splitlines())


def sources() -> Iterator[Path]:
    for app in APPS:
        yield from sorted((PROJECT / app).rglob("*.py"))
    for pattern in ("*.html", "*.txt"):
        yield from sorted((PROJECT / "templates").rglob(pattern))


def write(translations: Translations) -> None:
    _write("en", {key: (words,) for key, words in translations.english.items()}, 0)
    for index, language in enumerate(LANGUAGES):
        _write(language, translations.words, index)


def _write(language: str, words_of: Mapping[Key, tuple[str, ...]], index: int) -> None:
    catalogue = Catalog(locale=language, project="ECShip", fuzzy=False)
    for key, words in sorted(words_of.items(), key=lambda item: str(item[0])):
        message = (key.message, key.plural) if key.plural else key.message
        string = (words[index],) if key.plural else words[index]
        catalogue.add(message, string, context=key.context or None)
    folder = PROJECT / "locale" / language / "LC_MESSAGES"
    folder.mkdir(parents=True, exist_ok=True)
    text, compiled = BytesIO(), BytesIO()
    write_po(text, catalogue, omit_header=False, sort_output=True)
    write_mo(compiled, catalogue)
    _replace(folder / "django.po", text.getvalue())
    _replace(folder / "django.mo", compiled.getvalue())


def _replace(path: Path, content: bytes) -> None:
    """Put the file there in one step; a running site may be reading it."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.write_bytes(content)
    fresh.replace(path)


def missing(translations: Translations) -> list[str]:
    library = {language: _library_words(language) for language in LANGUAGES}
    return [
        f"{place}: {key} has no {', '.join(lacking)}"
        for key, place in sorted(marked().items(), key=lambda item: item[1])
        if key not in translations.words
        and (lacking := [language for language in LANGUAGES if key not in library[language]])
    ]


def _library_words(language: str) -> set[Key]:
    """Return what libraries have translated."""
    found: set[Key] = set()
    for library in LIBRARIES:
        spec = find_spec(library)
        for folder in (spec.submodule_search_locations or []) if spec else []:
            path = (
                Path(folder) / ("conf/locale" if library == "django" else "locale") / language / "LC_MESSAGES/django.po"
            )
            if path.exists():
                found |= _words_of(path)
    return found


def _key_of(words: str | tuple[str, ...] | list[str], context: str) -> Key:
    """Return the key of a catalogue's entry, which has one text, or two where it counts."""
    one, many = (words, "") if isinstance(words, str) else (words[0], words[1])
    return Key(one, many, context=context)


def _library_messages() -> set[Key]:
    """Return all that libraries say, translated or not: each catalogue names the messages of its library."""
    found: set[Key] = set()
    for library in PSEUDO_LIBRARIES:
        spec = find_spec(library)
        for folder in (spec.submodule_search_locations or []) if spec else []:
            for path in sorted(Path(folder).glob("**/locale/zh_Han?/LC_MESSAGES/django.mo")):
                source = path.with_suffix(".po")  # which some do not ship; it names untranslated messages too
                found |= _words_of(source if source.exists() else path, translated=False)
    return found


def _words_of(path: Path, *, translated: bool = True) -> set[Key]:
    with path.open("rb") as file:
        catalogue = read_po(file) if path.suffix == ".po" else read_mo(file)
    return {
        _key_of(message.id, message.context or "")
        for message in catalogue
        if message.id and (not translated or (not message.fuzzy and all(_strings(message.string))))
    }


def _strings(string: str | tuple[str, ...] | list[str] | None) -> tuple[str, ...] | list[str]:
    return [string or ""] if string is None or isinstance(string, str) else string


def bracketed(text: str) -> str:
    """Return a message as the tests' language has it; placeholders and tags stay as they are."""
    return f"⟦{text}⟧"


def build_pseudo(folder: Path) -> int:
    """Write the tests' catalogue below a folder and return how many messages it has."""
    keys = set(marked()) | _library_messages()
    catalogue = Catalog(locale="en", project="ECShip", fuzzy=False)
    for key in sorted(keys, key=str):
        message = (key.message, key.plural) if key.plural else key.message
        string = (bracketed(key.message), bracketed(key.plural)) if key.plural else bracketed(key.message)
        catalogue.add(message, string, context=key.context or None)
    place = folder / PSEUDO / "LC_MESSAGES"
    place.mkdir(parents=True, exist_ok=True)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    _replace(place / "django.mo", compiled.getvalue())
    return len(keys)


def build() -> Translations:
    """Write the catalogues from the parts."""
    translations = load_parts()
    write(translations)
    return translations


def main(arguments: list[str]) -> int:
    if "--pseudo" in arguments:
        folder = Path(arguments[arguments.index("--pseudo") + 1])
        print(f"{build_pseudo(folder)} messages in {folder / PSEUDO}.")
        return 0
    translations = build()
    if "--check" not in arguments:
        return 0
    problems = translations.problems + missing(translations)
    for problem in problems:
        print(problem)
    print(f"{len(translations.words)} messages in {len(LANGUAGES)} languages, {len(problems)} problems.")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
