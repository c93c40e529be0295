"""What docs/asvs.toml says is not here is not here: read from the sources, so that it cannot come in unnoticed.

Whoever brings one of these in takes it out of the list here, and says in docs/asvs.toml how it is made safe.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings

from ecship.embedded.places import PROJECT

SERVING = ("accounts", "addressbook", "shipments", "labels", "tracking", "security", "ecship")
# By what it would bring along; in brackets, whose sources may have it all the same.
MODULES: dict[str, set[str]] = {
    "a directory by LDAP": {"ldap", "ldap3"},
    "XML, and so its entities and XPath": {"xml", "lxml", "defusedxml", "xmltodict", "zeep", "spyne"},
    "objects out of bytes": {"pickle", "marshal", "shelve", "dill", "jsonpickle", "yaml"},
    "GraphQL": {"graphene", "graphql", "strawberry", "ariadne"},
    "WebSocket and WebRTC": {"channels", "websockets", "websocket", "daphne", "aiortc"},
    "memcached": {"memcache", "pymemcache", "pylibmc"},
    "an HTTP client": {"requests", "httpx", "urllib3", "aiohttp", "http.client", "urllib.request", "ftplib"},
    "tokens that say who somebody is": {"jwt", "jose", "authlib", "itsdangerous"},
    "other programs": {"subprocess", "pty"},
    "memory of its own": {"ctypes", "cffi"},
}
# Who has one of these all the same, and why.
ALLOWED = {
    # Companies' providers are set by the operator, and each answer is held against that.
    "accounts/company/client.py": {"requests", "jwt"},
    # Webhooks go to public servers alone, to the very address that was looked at, and are led nowhere else.
    "tracking/webhooks/sending.py": {"urllib3", "http.client"},
    # The simulator is a command of the operator's, and asks a server on loopback alone.
    "security/detection/simulation/live.py": {"urllib.request"},
    # One call to the C library, of two numbers: how many arenas threads share.
    "ecship/server/memory.py": {"ctypes"},
    # SOAP's envelopes, by Expat with no document type, hence no entities; and escaping of what is answered.
    "ecship/soap/envelope.py": {"xml"},
    "ecship/soap/writing.py": {"xml"},
    "ecship/soap/wsdl.py": {"xml"},
}
ON_LAPTOPS = ("ecship/embedded/", "ecship/frontend.py")  # what starts the local site and builds its files
GUESSABLE = {  # modules that draw numbers which anybody may guess
    "accounts/slots.py", "security/incidents/sending.py", "security/detection/simulation/engine.py",
    "ecship/decoys.py", "ecship/scale/spread.py", "ecship/scale/rows.py", "ecship/scale/people.py",
}  # fmt: skip


KNOWN = {  # patterns of constants of our own, and markup that is Django's
    "addressbook/fields.py", "ecship/api/schema.py", "labels/fitting.py", "accounts/templatetags/form_tokens.py",
    "addressbook/paste/labels.py", "addressbook/paste/places.py",
    # The digest of WS-Security, which is SHA-1 by its standard; the key in it has 256 bits.
    "accounts/integrators/finding.py",
    # The one place that takes files, read by the worker (docs/addressbook.md).
    "addressbook/imports/forms.py", "addressbook/views/imports.py",
}  # fmt: skip


@cache
def sources() -> dict[str, ast.Module]:
    """Return the product's Python, parsed, by path."""
    paths = [path for app in SERVING for path in sorted((PROJECT / app).rglob("*.py"))]
    return {str(path.relative_to(PROJECT)): ast.parse(path.read_text()) for path in paths}


def imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (node.module, *(f"{node.module}.{name.name}" for name in node.names))


def brings(names: Iterable[str], modules: set[str]) -> list[str]:
    return sorted({name for name in names for bad in modules if name == bad or name.startswith(f"{bad}.")})


@cache
def imported() -> dict[str, list[str]]:
    """Return what each source imports, by its path."""
    return {path: list(imports(tree)) for path, tree in sources().items()}


@cache
def everywhere(look: Callable[[ast.Module], list[str]]) -> dict[str, list[str]]:
    """Return what is found in the sources that serve, by path."""
    found = {path: look(tree) for path, tree in sources().items() if not path.startswith(ON_LAPTOPS)}
    return {path: names for path, names in found.items() if names}


def called(tree: ast.Module) -> Iterator[tuple[str, ast.Call]]:
    """Yield every call with the name by which it is called, as far as it has one."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def runs_text(tree: ast.Module) -> list[str]:
    names = {"eval", "exec", "compile", "__import__", "os.system", "os.popen"}
    shells = [name for name, call in called(tree) if any(word.arg == "shell" for word in call.keywords)]
    return [name for name, _ in called(tree) if name in names] + shells


def takes_files(tree: ast.Module) -> list[str]:
    names = {"FileField", "ImageField", "FileUploadParser", "MultiPartParser"}
    files = [ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr == "FILES"]
    return [name for name, _ in called(tree) if name.rsplit(".", 1)[-1] in names] + files


def builds_patterns(tree: ast.Module) -> list[str]:
    """Regular expressions made of anything but what stands in the source: text, and constants by their names."""
    found = []
    for name, call in called(tree):
        if name.partition(".")[0] == "re" and name != "re.escape" and call.args:
            names = {node.id for node in ast.walk(call.args[0]) if isinstance(node, ast.Name)}
            inner = {type(node) for node in ast.walk(call.args[0])} & {ast.Call, ast.Subscript, ast.Attribute}
            if inner or any(not word.isupper() for word in names):
                found.append(ast.unparse(call))
    return found


def trusts_markup(tree: ast.Module) -> list[str]:
    made = [(name, call) for name, call in called(tree) if name.endswith(("mark_safe", "SafeString"))]
    return [ast.unparse(call) for _, call in made if not all(ast.unparse(arg) == "''" for arg in call.args)]


def weak_hashes(tree: ast.Module) -> list[str]:
    keyed = [call for name, call in called(tree) if name.endswith("salted_hmac")]
    weak = [name for name, call in called(tree) if re.search(r"\b(md5|sha1)$", name) and not _is_no_secret(call)]
    return weak + [ast.unparse(call) for call in keyed if "algorithm='sha256'" not in ast.unparse(call)]


def _is_no_secret(call: ast.Call) -> bool:
    return any(word.arg == "usedforsecurity" and ast.unparse(word.value) == "False" for word in call.keywords)


@pytest.mark.parametrize("what", MODULES)
def test_no_source_brings_it_in(what: str) -> None:
    found = {path: brings(names, MODULES[what] - ALLOWED.get(path, set())) for path, names in imported().items()}

    assert {path: names for path, names in found.items() if names and not path.startswith(ON_LAPTOPS)} == {}
    assert brings(imports(ast.parse(f"from {min(MODULES[what])} import x")), MODULES[what])


@pytest.mark.parametrize(
    ("look", "bad"),
    [
        (runs_text, "eval(typed)"),
        (runs_text, "run(command, shell=True)"),
        (takes_files, "class F(forms.Form):\n    file = forms.FileField()"),
        (takes_files, "def view(request):\n    return request.FILES"),
        (builds_patterns, "re.search(typed, text)"),
        (builds_patterns, "re.compile(f'^{typed}$')"),
        (trusts_markup, "mark_safe(name)"),
        (weak_hashes, "hashlib.md5(x)"),
        (weak_hashes, "salted_hmac('salt', value)"),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_no_source_does_it(look: Callable[[ast.Module], list[str]], bad: str) -> None:
    assert {path: names for path, names in everywhere(look).items() if path not in KNOWN} == {}
    assert look(ast.parse(bad)), "it would not be found"


def test_what_nobody_may_guess_is_not_drawn_from_a_guessable_source() -> None:
    drawn = {path: brings(names, {"random"}) for path, names in imported().items()}

    assert {path for path, names in drawn.items() if names and names != ["random", "random.SystemRandom"]} == GUESSABLE


def test_cryptography_comes_from_one_library() -> None:
    """AES-GCM, Ed25519 and HMAC of SHA-256, from `cryptography`, the standard library and Django; nothing else."""
    allowed = {
        "cryptography.exceptions.InvalidTag", "cryptography.exceptions.InvalidSignature",
        "cryptography.hazmat.primitives.ciphers.aead.AESGCM",
        "cryptography.hazmat.primitives.asymmetric.ed25519.Ed25519PrivateKey",
        "cryptography.hazmat.primitives.asymmetric.ed25519.Ed25519PublicKey",
        "cryptography.hazmat.primitives.serialization",
        "cryptography.hazmat.primitives.serialization.Encoding",
        "cryptography.hazmat.primitives.serialization.PublicFormat",
        "cryptography.hazmat.primitives.hashes",
    }  # fmt: skip
    others = ("Crypto", "Cryptodome", "nacl", "M2Crypto", "rsa", "ecdsa", "pyaes")
    for path, names in imported().items():
        used = set(names)
        modules = {name for name in used if any(name == item.rpartition(".")[0] for item in allowed)}
        assert {name for name in used - modules if name.startswith("cryptography")} <= allowed, path
        assert not [name for name in used if name.partition(".")[0] in others], path


# Pages -------------------------------------------------------------------------------------------------------

SCRIPTS = sorted((PROJECT / "static/src").glob("*.js"))
UNSAFE_SCRIPT = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|\beval\(|new Function|postMessage"
    r"|__proto__|\.prototype|sessionStorage|indexedDB|document\.cookie|setTimeout\(\s*[\"']"
)
UNSAFE_TEMPLATE = re.compile(r"\|\s*safe\b|autoescape off|<(?:object|embed|applet|iframe|frame)\b|javascript:")
# Written by us or by Django, never by people.
TRUSTED = {"django/forms/field.html": "field.help_text|safe", "django/forms/field_hint.html": "field.help_text|safe"}


def test_no_script_of_ours_makes_markup_or_code_of_text() -> None:
    assert len(SCRIPTS) >= 3
    assert [(path.name, UNSAFE_SCRIPT.findall(path.read_text())) for path in SCRIPTS
            if UNSAFE_SCRIPT.search(path.read_text())] == []  # fmt: skip
    assert UNSAFE_SCRIPT.search("box.innerHTML = name")


def test_a_browser_stores_one_time_and_nothing_of_people() -> None:
    stored = {key for path in SCRIPTS for key in re.findall(r"localStorage\.\w+\(\s*([^,)]+)", path.read_text())}

    assert stored == {'"session-idle-at"'}


def test_no_template_lets_markup_of_people_through() -> None:
    folder = PROJECT / "templates"
    found = {}
    for path in folder.rglob("*.html"):
        text = path.read_text().replace(TRUSTED.get(str(path.relative_to(folder)), "\0"), "")
        if UNSAFE_TEMPLATE.search(text):
            found[str(path.relative_to(folder))] = UNSAFE_TEMPLATE.findall(text)

    assert found.keys() <= {"mfa/totp/activate_form.html", "accounts/staff/enrol.html"}, found  # the picture of a code
    assert UNSAFE_TEMPLATE.search("{{ name|safe }}")


# Settings ----------------------------------------------------------------------------------------------------


def test_tasks_travel_as_plain_data() -> None:
    assert (settings.CELERY_TASK_SERIALIZER, settings.CELERY_ACCEPT_CONTENT) == ("json", ["json"])
    assert settings.CELERY_TASK_IGNORE_RESULT


def test_the_api_reads_json_and_nothing_else() -> None:
    assert settings.REST_FRAMEWORK["DEFAULT_PARSER_CLASSES"] == ["security.wire.JSONParser"]
    assert settings.REST_FRAMEWORK["DEFAULT_RENDERER_CLASSES"] == ["security.wire.JSONRenderer"]


def test_no_debugging_library_is_installed() -> None:
    extra = {"debug_toolbar", "django_extensions", "silk", "rosetta", "hijack"}

    assert not extra & {app.partition(".")[0] for app in settings.INSTALLED_APPS}
    assert "gallery" in Path(PROJECT / "ecship/page_urls.py").read_text().split("settings.PRODUCTION")[1]
