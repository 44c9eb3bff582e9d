"""What goes wrong, answered as RFC 9457 tells it.

`Problem` is the exception that is an answer; `answer_to` says what becomes of others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from http import HTTPStatus

import orjson
from twisted.logger import Logger

from acs.store.interface import BadQuery, StoreUnavailable
from acs.web.serving.answers import Answer
from acs.web.serving.schema import FieldError

CONTENT_TYPE = "application/problem+json"
RETRY_AFTER = 5
"""Seconds after which to ask again when the store does not answer."""

log = Logger()


@dataclass(eq=False)
class Problem(Exception):
    """A refusal: HTTP status, a sentence for a person, and which members of the request are wrong.

    ``headers`` are sent along, such as Allow with a 405; ``more`` are further members of the document.
    """

    status: int
    detail: str
    errors: tuple[FieldError, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    more: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.status}: {self.detail}"


def answer_to(error: Exception, reference: Callable[[], str]) -> Answer:
    """What is answered when an exception ended a request; an unexpected one goes to the log under a
    ``reference``."""
    if isinstance(error, Problem):
        return as_answer(error)
    if isinstance(error, BadQuery):
        return as_answer(Problem(400, "the list has no such part", (FieldError(error.field, error.reason),)))
    if isinstance(error, StoreUnavailable):
        log.error("the store does not answer: {reason}", reason=str(error))
        return as_answer(_unavailable())
    number = reference()
    log.failure("request {reference} failed", reference=number)
    return as_answer(Problem(500, f"the appliance failed; its log tells why under {number}"))


def _unavailable() -> Problem:
    return Problem(503, "the database does not answer now", headers={"Retry-After": str(RETRY_AFTER)})


def as_answer(problem: Problem) -> Answer:
    """The problem document (RFC 9457, section 3); its type is told by its status alone."""
    document = {
        "type": "about:blank",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": problem.detail,
        "errors": [asdict(error) for error in problem.errors],
        **problem.more,
    }
    return Answer(problem.status, orjson.dumps(document), CONTENT_TYPE, problem.headers)
