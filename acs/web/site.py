"""Puts the site together that serves the REST API."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import partial
from typing import Any

import orjson
from twisted.internet.interfaces import IReactorTime
from twisted.web.server import Site

from acs.firmware.uploads import Uploads
from acs.hooks.asking import Hooks
from acs.session.desired import Desired
from acs.store.interface import Store
from acs.store.threads import in_thread
from acs.web.api import ROUTES, metrics
from acs.web.appliance import (
    AcceptJob,
    Appliance,
    NoWaker,
    Reload,
    Wakes,
    queue_of,
    reload_nothing,
)
from acs.web.authentication import BearerTokens
from acs.web.channel import Channel
from acs.web.dispatcher import Dispatcher
from acs.web.openapi import describe
from acs.web.requests import BoundedRequest
from acs.web.routing import Router, opened
from acs.web.watch import Watch


class QuietSite(Site):
    """A site without twisted.web's own access log: the dispatcher writes one, with who asked and without
    queries."""

    noisy = False
    protocol = Channel  # type: ignore[assignment]

    def log(self, request: Any) -> None:
        """Write nothing."""


def make_site(
    *,
    store: Store,
    clock: IReactorTime,
    reactor: Any,
    version: str,
    accept_job: AcceptJob | None = None,
    waker: Wakes | None = None,
    reload: Reload = reload_nothing,
    hooks: Hooks | None = None,
    watch: Watch | None = None,
    uploads: Uploads | None = None,
    random_text: Callable[[int], str] = secrets.token_urlsafe,
) -> Site:
    """The REST API as a site to listen with.

    ``clock`` gives seconds since 1970, ``reactor`` threads and time-outs, ``random_text`` so many random
    bytes as URL-safe text.  ``accept_job`` queues jobs (else: `acs.session.jobs.accept`), ``waker`` wakes
    devices (else: nobody), ``reload`` reads anew what can change, ``watch`` is told, ``uploads`` are kept.
    """
    tokens = BearerTokens(store, clock.seconds)
    watch = watch or Watch(store, clock, random_text=random_text)
    routes = opened(ROUTES, metrics.PATH) if watch.open_metrics else ROUTES
    appliance = Appliance(
        store=store,
        desired=Desired(store),
        hooks=hooks or Hooks(clock),
        feed=watch.feed,
        metrics=watch.metrics,
        accept_job=accept_job or queue_of(store, clock.seconds),
        waker=waker or NoWaker(store, clock.seconds),
        in_thread=partial(in_thread, reactor),
        uploads=uploads,
        clock=clock,
        random_text=random_text,
        forget_tokens=tokens.forget,
        reload=reload,
        description=orjson.dumps(describe(routes, version)),
    )
    return _site_of(Dispatcher(Router(routes), appliance, [tokens]), reactor)


def _site_of(root: Dispatcher, reactor: Any) -> Site:
    how: dict[str, Any] = {"reactor": reactor, "parsePOSTFormSubmission": False}
    return QuietSite(root, BoundedRequest, **how)  # type: ignore[no-untyped-call]
