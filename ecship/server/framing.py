"""How much of a request has come: its framing (RFC 9112) and nothing else; what it means, gunicorn's parser says.

Whatever looks wrong counts as whole, so that the parser sees it and refuses it. The parser is handed what has come and
never the connection, so where the two understood a request otherwise, nobody waits.
"""

from __future__ import annotations

import re
from collections.abc import Callable

MOST_HEAD = 64 * 1024  # bytes of request line and header fields
MOST_LINE = 4 * 1024  # of a chunk's size with its extensions
MOST_TRAILERS = 8 * 1024
HEAD_END = b"\r\n\r\n"
_FIELD = re.compile(rb"\r\n([^\s:]+):[ \t]*([^\r\n]*)")
_SIZE = re.compile(rb"[0-9a-fA-F]{1,8}(?=[ \t]*(?:;|$))")


class Incoming:
    """One request while it comes in."""

    def __init__(self, *, most_body: int, most_for: Callable[[str], int] | None = None) -> None:
        self.data = bytearray()
        self.most_body = most_body  # bytes
        self.most_for = most_for  # asked with the path, where it decides
        self.is_whole = False
        self.is_cut = False  # whole enough to be refused: more may follow, and is not the next request
        self.refusal = 0  # the status that refuses it before anybody has looked at it
        self.waits_for_continue = False  # its sender sends the body when told to go on (RFC 9110, 10.1.1)
        self._head_ends = 0
        self._ends = 0
        self._chunks: Chunks | None = None

    @property
    def has_head(self) -> bool:
        return self._head_ends > 0

    def feed(self, data: bytes) -> None:
        """Take what came; then ask `is_whole` and `refusal`."""
        searched = max(0, len(self.data) - len(HEAD_END))
        self.data += data
        if not self.has_head:
            self._look_for_head(searched)
        if self.has_head and not self.is_whole:
            self._look_for_end()

    def _look_for_head(self, searched: int) -> None:
        # An empty line before the request line is no head (RFC 9112, 2.2).
        at = self.data.find(HEAD_END, max(searched, 2 if self.data.startswith(b"\r\n") else 0))
        if at >= 0 and at <= MOST_HEAD:
            self._head_ends = at + len(HEAD_END)
            self._read_head(bytes(self.data[: at + 2]))
        elif len(self.data) > MOST_HEAD:
            self.refusal = 431 if b"\r\n" in self.data[2:] else 414

    def _read_head(self, head: bytes) -> None:
        if self.most_for is not None:
            self.most_body = self.most_for(_path(head))
        fields = [(name.lower(), value.strip().lower()) for name, value in _FIELD.findall(head)]
        lengths = [value for name, value in fields if name == b"content-length"]
        codings = [value for name, value in fields if name == b"transfer-encoding"]
        self.waits_for_continue = (b"expect", b"100-continue") in fields
        if codings == [b"chunked"] and not lengths:
            self._chunks = Chunks(self._head_ends, most=self.most_body)
        elif codings or len(lengths) > 1 or (lengths and not lengths[0].isdigit()):
            self.is_whole = self.is_cut = True
        elif lengths and (len(lengths[0]) > 18 or int(lengths[0]) > self.most_body):
            self.is_whole = self.is_cut = True  # the application refuses it, by its length
        else:
            self._ends = self._head_ends + int(lengths[0] if lengths else 0)

    def _look_for_end(self) -> None:
        if self._chunks is None:
            self.is_whole = len(self.data) >= self._ends
            return
        self._chunks.walk(self.data)
        self.is_whole, self.is_cut = self._chunks.is_over, self._chunks.is_broken
        if self._chunks.is_too_large:
            self.refusal = 413


def _path(head: bytes) -> str:
    """Return the path of a request's target as it is written; "" where there is none."""
    parts = head.lstrip(b"\r\n").split(b"\r\n", 1)[0].split(b" ")
    return parts[1].split(b"?")[0].decode("latin-1") if len(parts) == 3 else ""


class Chunks:
    """Walks along a chunked body as it comes in (RFC 9112, 7.1)."""

    def __init__(self, at: int, *, most: int) -> None:
        self.is_over = self.is_broken = self.is_too_large = False
        self._at = at
        self._most = most
        self._size = 0
        self._trailers_from = 0

    def walk(self, data: bytearray) -> None:
        """Go as far as the data goes."""
        while not self.is_over and not self.is_too_large and self._at < len(data):
            if data[self._at - 2 : self._at] != b"\r\n":  # a chunk is followed by an end of line
                self._break()
                return
            end = data.find(b"\r\n", self._at)
            if end < 0:
                if len(data) - self._at > MOST_LINE:
                    self._break()
                return
            self._line(bytes(data[self._at : end]), end + 2)

    def _line(self, line: bytes, after: int) -> None:
        """Take one line: a chunk's size, or a field after the last chunk."""
        if self._trailers_from:
            self._at, self.is_over = after, not line
            if after - self._trailers_from > MOST_TRAILERS:
                self._break()
        elif (found := _SIZE.match(line)) is None or len(line) > MOST_LINE:
            self._break()
        elif size := int(found.group(), 16):
            self._size += size
            self.is_too_large = self._size > self._most
            self._at = after + size + 2
        else:
            self._at = self._trailers_from = after

    def _break(self) -> None:
        self.is_over = self.is_broken = True
