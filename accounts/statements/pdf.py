"""As much of PDF 1.4 (ISO 32000) as a page of text needs, written in pieces: the same text, the same bytes.

Courier is in every reader and nothing is compressed, so no library's next version changes a
statement that was made years ago. What Windows-1252 cannot write stands as a question mark.
"""

from collections.abc import Iterable, Iterator

WIDTH, HEIGHT = 595, 842  # A4, in points
MARGIN, LEADING, SIZE = 40, 12, 8
LINES_ON_A_PAGE = (HEIGHT - 2 * MARGIN) // LEADING

_CATALOG, _PAGES, _FONT, _FIRST_FREE = 1, 2, 3, 4


class Document:
    """Counts bytes and remembers where each object begins: the table at the end of a PDF needs it."""

    def __init__(self) -> None:
        self._length = 0
        self._begins: dict[int, int] = {}
        self._pages: list[int] = []

    def pieces(self, pages: Iterable[list[str]], *, title: str) -> Iterator[bytes]:
        """Yield the document of these pages, each a list of lines."""
        yield self._count(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
        number = _FIRST_FREE
        for lines in pages:
            yield self._object(number, _stream(lines))
            yield self._object(number + 1, _page(number))
            self._pages.append(number + 1)
            number += 2
        yield from self._end(number, title)

    def _end(self, info: int, title: str) -> Iterator[bytes]:
        kids = " ".join(f"{page} 0 R" for page in self._pages)
        yield self._object(_PAGES, f"<</Type/Pages/Count {len(self._pages)}/Kids[{kids}]>>".encode())
        font = b"<</Type/Font/Subtype/Type1/BaseFont/Courier/Encoding/WinAnsiEncoding>>"
        yield self._object(_FONT, font)
        yield self._object(_CATALOG, f"<</Type/Catalog/Pages {_PAGES} 0 R>>".encode())
        yield self._object(info, b"<</Title" + _text(title) + b">>")
        begins = self._length
        rows = "".join(f"{self._begins[n]:010d} 00000 n \n" for n in range(1, info + 1))
        yield f"xref\n0 {info + 1}\n0000000000 65535 f \n{rows}".encode()
        trailer = f"<</Size {info + 1}/Root {_CATALOG} 0 R/Info {info} 0 R>>"
        yield f"trailer\n{trailer}\nstartxref\n{begins}\n%%EOF\n".encode()

    def _object(self, number: int, content: bytes) -> bytes:
        self._begins[number] = self._length
        return self._count(f"{number} 0 obj\n".encode() + content + b"\nendobj\n")

    def _count(self, piece: bytes) -> bytes:
        self._length += len(piece)
        return piece


def _page(content: int) -> bytes:
    return (
        f"<</Type/Page/Parent {_PAGES} 0 R/MediaBox[0 0 {WIDTH} {HEIGHT}]"
        f"/Resources<</Font<</F {_FONT} 0 R>>>>/Contents {content} 0 R>>"
    ).encode()


def _stream(lines: list[str]) -> bytes:
    text = b"\n".join(_text(line) + b" Tj T*" for line in lines)
    start = f"BT /F {SIZE} Tf {LEADING} TL {MARGIN} {HEIGHT - MARGIN} Td\n".encode()
    body = start + text + b"\nET"
    return f"<</Length {len(body)}>>\nstream\n".encode() + body + b"\nendstream"


def _text(text: str) -> bytes:
    raw = text.encode("cp1252", "replace")
    return b"(" + raw.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)") + b")"
