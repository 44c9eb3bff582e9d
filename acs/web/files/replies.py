"""What is answered to a request for a file: status, headers, which bytes of the file in which order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from acs.firmware.image import Image
from acs.web.files.conditions import Header, date_of, ranges_apply, refusal
from acs.web.files.ranges import Span, Unsatisfiable, spans_of

OCTETS = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer.  ``pieces`` are its body: bytes as they are, and those of the file that a span says."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    pieces: Sequence[bytes | Span] = ()

    @property
    def length(self) -> int:
        """Bytes of the body."""
        return sum(len(each) if isinstance(each, bytes) else each.length for each in self.pieces)

    @property
    def of_file(self) -> int:
        """Those of them that are the file's."""
        return sum(each.length for each in self.pieces if isinstance(each, Span))


def reply_to(method: str, header: Header, image: Image, boundary: str) -> Reply:
    """The answer about a file that is there, and may be had; ``boundary`` stands between its parts, where
    several are asked for."""
    headers = {"Accept-Ranges": "bytes", "Last-Modified": date_of(image.modified)}
    if image.sha256:
        headers["ETag"] = f'"{image.sha256}"'
    if status := refusal(header, image.sha256, image.modified):
        return Reply(status, headers)
    wanted = header("range") if method == "GET" else None  # RFC 9110, 14.2: of no other method
    spans = None
    if wanted is not None and ranges_apply(header, image.sha256, image.modified):
        try:
            spans = spans_of(wanted, image.size)
        except Unsatisfiable:
            return Reply(416, headers | {"Content-Range": f"bytes */{image.size}"})
    if spans is None:
        return Reply(200, headers | {"Content-Type": OCTETS}, [Span(0, image.size)])
    if len(spans) == 1:
        headers |= {"Content-Type": OCTETS, "Content-Range": _content_range(spans[0], image.size)}
        return Reply(206, headers, spans)
    kind = f"multipart/byteranges; boundary={boundary}"
    return Reply(206, headers | {"Content-Type": kind}, _parts(spans, image.size, boundary))


def _parts(spans: Sequence[Span], size: int, boundary: str) -> list[bytes | Span]:
    pieces: list[bytes | Span] = []
    for number, span in enumerate(spans):
        head = (
            f"--{boundary}\r\nContent-Type: {OCTETS}\r\nContent-Range: {_content_range(span, size)}\r\n\r\n"
        )
        pieces += [(("\r\n" if number else "") + head).encode(), span]
    return [*pieces, f"\r\n--{boundary}--\r\n".encode()]


def _content_range(span: Span, size: int) -> str:
    return f"bytes {span.start}-{span.stop - 1}/{size}"
