"""Whether a request is to be served at all, by what its client has seen before (RFC 9110, section 13)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from acs.web.files.conditions import matches
from acs.web.serving.answers import Answer
from acs.web.serving.calls import Param
from acs.web.serving.problems import Problem

IF_MATCH = Param("If-Match", {"type": "string"}, "ETags; it is changed only where it has one of them.")
UNLESS_MADE = Param("If-None-Match", {"type": "string"}, "With `*`, it is only made, and not changed.")
UNLESS_KNOWN = Param("If-None-Match", {"type": "string"}, "ETags; 304 where it has one of them.")


@dataclass(frozen=True, slots=True)
class Preconditions:
    """The headers If-Match, If-None-Match of a request; None for one that it has not."""

    if_match: str | None = None
    if_none_match: str | None = None

    def check(self, tag: str | None, makes: bool) -> None:
        """Raise `Problem` 412 where what is there is not to be changed; ``tag``: None where nothing is there,
        which only matters where the request ``makes`` it: else it is refused for that (RFC 9110, section
        13.2.1)."""
        if tag is None and not makes:
            return
        if self.if_match is not None and (tag is None or not matches(self.if_match, tag, weakly=False)):
            raise _failed("it is not what you have seen" if tag else "there is none", tag)
        if self.if_none_match is not None and tag is not None and matches(self.if_none_match, tag, True):
            raise _failed("there is one already", tag)

    def refuse_all(self) -> None:
        """Raise `Problem` 412 where there is any: what is asked for has no entity tag."""
        if self.if_match is not None or self.if_none_match is not None:
            raise _failed("this has no entity tag", None)

    def unless_known(self, answer: Answer) -> Answer:
        """What is answered to a GET: 304 instead of what the client has."""
        tag = answer.headers.get("ETag", "").strip('"')
        if answer.status != 200 or not tag or self.if_none_match is None:
            return answer
        if not matches(self.if_none_match, tag, weakly=True):
            return answer
        return Answer(304, headers={"ETag": answer.headers["ETag"]})


def tagged(answer: Answer, tag: str) -> Answer:
    """The same with an entity tag."""
    return replace(answer, headers={**answer.headers, "ETag": f'"{tag}"'})


def _failed(reason: str, tag: str | None) -> Problem:
    return Problem(412, f"nothing was changed: {reason}", headers={"ETag": f'"{tag}"'} if tag else {})
