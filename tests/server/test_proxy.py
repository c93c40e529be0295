"""The proxy of `docker-compose.yml`, read as text, and run where there is a Caddy (`CADDY`, or on the path)."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ecship.embedded.places import PROJECT
from ecship.embedded.ports import LOOPBACK, free_port, is_taken
from ecship.server import options

CADDYFILE = (PROJECT / "deploy/Caddyfile").read_text()
CADDY = os.environ.get("CADDY") or shutil.which("caddy")


def test_the_proxy_takes_its_authors_tls_and_certificates_that_browsers_trust() -> None:
    """Caddy's defaults are TLS 1.2 and 1.3 with suites of forward secrecy, and certificates of a public authority."""
    assert not re.search(r"^\s*(?:tls|protocols|ciphers|curves|auto_https|local_certs|skip_install_trust)\b", CADDYFILE,
                         re.MULTILINE)  # fmt: skip


@pytest.mark.parametrize(
    "header", ["Strict-Transport-Security", "Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy"]
)
def test_what_the_proxy_refuses_is_as_safe_as_what_we_answer(header: str) -> None:
    refused = CADDYFILE.split("handle_errors {")[1].split("handle @api")[0]

    assert f"header {header} " in refused


def test_without_tls_the_proxy_leads_people_and_refuses_programs() -> None:
    plain = CADDYFILE.split("http://{$SITE_HOST}, http://{$CONSOLE_HOST} {")[1].split("\n}\n")[0]

    assert "@api path /api /api/*" in plain
    assert re.search(r"handle @api \{[^}]*respond .* 403", plain, re.DOTALL)
    assert "redir https://{host}{uri} 308" in plain
    assert "reverse_proxy" not in plain


@pytest.fixture
def proxy(tmp_path: Path) -> Iterator[int]:
    """Run Caddy in front of nothing, without certificates; yield its port."""
    assert CADDY
    port = free_port()
    config = re.sub(r"(web|console):8000", f"{LOOPBACK}:{free_port()}", CADDYFILE)
    config = re.sub(r"\t\thealth_uri.*?health_interval 10s\n", "", config, flags=re.DOTALL)
    config = re.sub(r"^# Without TLS:.*?^}\n", "", config, flags=re.DOTALL | re.MULTILINE)  # here is none at all
    config = config.replace("{\n\tservers", "{\n\tadmin off\n\tauto_https off\n\tservers", 1)
    if " 2.6" in f" {subprocess.run([CADDY, 'version'], capture_output=True, text=True, check=True).stdout.strip('v')}":
        config = config.replace("request_buffers 3MB", "buffer_requests")  # its name before 2.7
    (tmp_path / "Caddyfile").write_text(config)
    sites = {"SITE_HOST": f"http://{LOOPBACK}:{port}", "CONSOLE_HOST": f"http://{LOOPBACK}:{free_port()}"}
    command = [CADDY, "run", "--config", str(tmp_path / "Caddyfile"), "--adapter", "caddyfile"]
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(command, env={"HOME": str(tmp_path), **sites}, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + 30
        while not is_taken(port):
            assert process.poll() is None, (tmp_path / "log").read_text()
            assert time.monotonic() < deadline, "it did not start"
            time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(20)


@pytest.mark.skipif(not CADDY, reason="there is no Caddy here")
@pytest.mark.parametrize(
    ("path", "media"),
    [
        ("/api/v1/me/", "application/problem+json"),
        ("/api", "application/problem+json"),
        ("/en/", "text/html; charset=utf-8"),
        ("/apiary", "text/html; charset=utf-8"),
    ],
)
def test_what_the_proxy_refuses_is_a_problem_for_programs_and_a_page_for_people(
    proxy: int, path: str, media: str
) -> None:
    connection = http.client.HTTPConnection(LOOPBACK, proxy, timeout=20)
    with closing(connection):
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()

    assert (answer.status, answer.getheader("Content-Type")) == (502, media)
    if "json" in media:
        problem = json.loads(body)
        assert (problem["type"], problem["title"], problem["status"]) == ("about:blank", "Bad Gateway", 502)
        assert len(problem["instance"]) == 36
    else:
        assert b"<h1>Bad Gateway</h1>" in body


def test_the_proxy_bounds_and_gathers_what_comes_in() -> None:
    for setting in (
        "read_header 10s",
        "read_body 60s",
        "idle 2m",
        "request_buffers 3MB",
        "response_header_timeout 60s",
    ):
        assert setting in CADDYFILE
    kept = re.search(r"keepalive (\d+)s", CADDYFILE)
    assert kept is not None
    assert int(kept.group(1)) < options.keepalive, "the server must not be the first to end a connection"
    assert CADDYFILE.count("import refused") == 1
    assert CADDYFILE.count("import served") == 2


@pytest.mark.parametrize("name", ["Dockerfile", "docker-compose.yml", "ecship/embedded/site.py", "bench/stage.py"])
def test_every_web_process_is_served_alike(name: str) -> None:
    commands = [line for line in (PROJECT / name).read_text().splitlines() if "gunicorn" in line.lower()]
    text = "\n".join(commands)

    assert "python:ecship.server.options" in text
    assert not re.search(r"--(worker-class|threads|keep-alive|log-level)", text)
