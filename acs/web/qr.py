"""Text as the squares of a QR code, for a page to draw."""

from __future__ import annotations


def squares(text: str) -> list[str]:
    """Its rows from above, a character for each square: 1 is dark; without the quiet zone around it."""
    import segno

    return ["".join("1" if dark else "0" for dark in row) for row in segno.make_qr(text).matrix]
