"""The catalogue of quirks, from `acs.quirks.catalogue`."""

from __future__ import annotations

from acs.quirks import on_calls, on_files, on_requests, on_sessions, on_values
from acs.quirks.quirk import Quirk
from acs.quirks.rules import Make
from acs_docs.writing import Lines, code, heading, plain

_GROUPS = (
    ("What values mean", on_values.QUIRKS),
    ("What is asked", on_requests.QUIRKS),
    ("The session", on_sessions.QUIRKS),
    ("Being called", on_calls.QUIRKS),
    ("Files", on_files.QUIRKS),
)


def write() -> Lines:
    """A section for each group of them, with one for each quirk."""
    for title, quirks in _GROUPS:
        yield from heading(title, "-")
        for quirk in quirks:
            yield from _one(quirk)


def _one(quirk: Quirk) -> Lines:
    yield from heading(quirk.name, "~", f"quirk-{quirk.name}")
    whose = "; ".join(map(_make, quirk.makes)) or "nobody yet: by a rule of yours"
    for name, words in (
        ("Without it", plain(quirk.symptom)),
        ("With it", plain(quirk.remedy)),
        ("Told by", plain(quirk.source)),
        ("In force for", whose),
    ):
        yield f":{name}: {words}"
    yield ""


def _make(make: Make) -> str:
    said = make._asdict()
    return ", ".join(f"{name.replace('_', ' ')} {code(pattern)}" for name, pattern in said.items() if pattern)
