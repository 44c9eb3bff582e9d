"""Which parts of a document are asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from acs.web.nbi.queries import LONGEST, BadFilter

JSON = Any
MOST = 500
"""Names that can be asked for at once."""


class Projection:
    """The names that are asked for, and all below them; none of them: everything."""

    def __init__(self, text: str) -> None:
        if len(text) > LONGEST:
            raise BadFilter(f"the projection is longer than {LONGEST} characters")
        names = (each.strip().rstrip(".") for each in text.split(","))
        self._names = frozenset(each for each in names if each)
        if len(self._names) > MOST:
            raise BadFilter(f"the projection has more than {MOST} names")

    def has(self, name: str) -> bool:
        """Whether what has this name is asked for, by it or by something above it."""
        if not self._names or name in self._names:
            return True
        return any(above in self._names for above in _above(name))

    @property
    def parameters(self) -> bool:
        """Whether any parameter may be asked for."""
        return not self._names or any(not each.startswith("_") for each in self._names)

    def of(self, document: Mapping[str, JSON]) -> dict[str, JSON]:
        """The parts of a document, down to its members' members; its ``_id`` is always one."""
        if not self._names:
            return dict(document)
        chosen = {}
        for name, value in document.items():
            part = value if name == "_id" or self.has(name) else self._inner(name, value)
            if part is not None:
                chosen[name] = part
        return chosen

    def _inner(self, name: str, value: JSON) -> JSON:
        if not isinstance(value, Mapping):
            return None
        inner = {key: each for key, each in value.items() if f"{name}.{key}" in self._names}
        return inner or None


def _above(name: str) -> Iterable[str]:
    """The names of what a name is below."""
    end = name.rfind(".")
    while end > 0:
        yield name[:end]
        end = name.rfind(".", 0, end)
