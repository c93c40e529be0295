"""A mail server that takes everything and remembers who got which Message-ID, as often as they did."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

_ADDRESS = re.compile(rb"<([^>]*)>")
_MESSAGE_ID = re.compile(rb"^Message-ID:\s*<([^>]+)>", re.IGNORECASE | re.MULTILINE)


@dataclass
class Sink:
    """What came in, in order, as (recipient, Message-ID)."""

    port: int = 0
    taken: list[tuple[str, str]] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Speak SMTP with one client until it goes; one that is killed is a connection that breaks."""
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                await self._speak(reader, writer)
        finally:
            writer.close()

    async def _speak(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        recipient = ""
        writer.write(b"220 sink ready\r\n")
        while line := await reader.readline():
            verb = line[:4].upper()
            if verb == b"RCPT":
                found = _ADDRESS.search(line)
                recipient = found[1].decode() if found else ""
            if verb == b"DATA":
                writer.write(b"354 go on\r\n")
                text = await reader.readuntil(b"\r\n.\r\n")
                named = _MESSAGE_ID.search(text)
                self.taken.append((recipient, named[1].decode() if named else ""))
            writer.write(b"221 bye\r\n" if verb == b"QUIT" else b"250 taken\r\n")
            await writer.drain()
            if verb == b"QUIT":
                return


@contextmanager
def listening() -> Iterator[Sink]:
    """Run a sink in a thread of its own, on a free port of this machine."""
    sink, is_up, ends = Sink(), threading.Event(), threading.Event()

    async def serve() -> None:
        server = await asyncio.start_server(sink.serve, "127.0.0.1", 0, limit=2**20)
        async with server:
            sink.port = server.sockets[0].getsockname()[1]
            is_up.set()
            while not ends.is_set():
                await asyncio.sleep(0.1)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    is_up.wait(10)
    try:
        yield sink
    finally:
        ends.set()
        thread.join(10)
