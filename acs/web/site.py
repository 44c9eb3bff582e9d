"""Puts the site together that serves the console with its REST API."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import cache, partial
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

import orjson
from twisted.internet.interfaces import IReactorTime
from twisted.web.server import Site

from acs.firmware.uploads import Uploads
from acs.hooks.asking import Hooks
from acs.hypertext.proxied import Networks
from acs.session.campaigns import Campaigns
from acs.session.desired import Desired
from acs.session.jobs import AcceptJob
from acs.store.interface import Store
from acs.store.records.wakes import Wake
from acs.store.threads import in_thread
from acs.web.api import ROUTES, metrics
from acs.web.appliance import (
    Appliance,
    Folder,
    NoFolder,
    NoWaker,
    Reload,
    Running,
    Wakes,
    nothing_moves,
    queue_of,
    reload_nothing,
)
from acs.web.bulk.actions import Actions
from acs.web.bulk.running import Bulks
from acs.web.console import ROUTES as PAGES
from acs.web.console.rendering import dressed
from acs.web.forgetting import Forgetting
from acs.web.people.authentication import Authenticator, BearerTokens
from acs.web.people.cookies import SessionCookies
from acs.web.people.door import Door
from acs.web.people.entrance import ANYHOW, Entrance
from acs.web.people.passwords import Passwords
from acs.web.serving.around import Around
from acs.web.serving.channel import Channel
from acs.web.serving.dispatcher import Dispatcher
from acs.web.serving.openapi import describe
from acs.web.serving.requests import StreamedRequest
from acs.web.serving.routing import Route, Router, opened
from acs.web.serving.trail import Trail
from acs.web.telling.census import Census
from acs.web.telling.watch import Watch

if TYPE_CHECKING:
    from acs.web.oidc.coming import Oidc


class QuietSite(Site):
    """A site without twisted.web's own access log: the dispatcher writes one, with who asked and without
    queries."""

    noisy = False
    protocol = Channel  # type: ignore[assignment]

    def log(self, request: Any) -> None:
        """Write nothing."""


class Parts(TypedDict, total=False):
    """What an appliance has around its site; what is left out is as `_alone` has it.

    ``accept_job`` takes jobs into the queue, ``waker`` wakes devices, ``wake_in_turn`` one of many,
    ``campaigns`` sees to campaigns, ``bulks`` to what is done to many devices, ``reload`` reads anew what
    can change, ``hooks`` are the operator's, ``firmware`` is the folder of files,
    ``transfers`` gives those that are on their way.
    """

    accept_job: AcceptJob
    waker: Wakes
    campaigns: Campaigns
    bulks: Bulks
    wake_in_turn: Callable[[str], Awaitable[Wake]]
    reload: Reload
    hooks: Hooks
    firmware: Folder
    transfers: Running


def make_site(
    *,
    store: Store,
    clock: IReactorTime,
    reactor: Any,
    version: str,
    watch: Watch | None = None,
    uploads: Uploads | None = None,
    random_text: Callable[[int], str] = secrets.token_urlsafe,
    entrance: Entrance = ANYHOW,
    **parts: Unpack[Parts],
) -> Site:
    """Console and REST API as a site to listen with.

    ``clock`` gives seconds since 1970, ``reactor`` threads and connections, ``random_text`` so many random
    bytes as URL-safe text; ``watch`` is told of all, ``uploads`` are kept; people come by the ``entrance``.
    """
    watch = watch or Watch(store, clock, random_text=random_text)
    given: Any = {"webhooks": watch.webhooks, **_given(store, clock, reactor, uploads, parts)}
    door = Door(store, clock.seconds, Passwords(given["in_thread"]), random_text)
    oidc = _oidc(entrance, store, reactor, clock, random_text)
    chain = _chain(store, clock, door, entrance)
    routes = opened(ROUTES, metrics.PATH) if watch.open_metrics else ROUTES
    appliance = Appliance(
        store=store,
        desired=Desired(store),
        feed=watch.feed,
        metrics=watch.metrics,
        census=Census(store, clock.seconds),
        uploads=uploads,
        clock=clock,
        random_text=random_text,
        door=door,
        oidc=oidc,
        forget_credentials=partial(_forget, chain),
        description=cache(lambda: orjson.dumps(describe(routes, version))),
        **given,
    )
    return _site_of(routes, appliance, chain, entrance.trusted_proxies, reactor)


def _given(
    store: Store, clock: IReactorTime, reactor: Any, uploads: Uploads | None, parts: Parts
) -> dict[str, Any]:
    """What an appliance has around its site, with what is made of it."""
    given: dict[str, Any] = {**_alone(store, clock), **parts}
    thread = partial(in_thread, reactor)
    forget = Forgetting(store, uploads, thread).forget
    wake = given.pop("wake_in_turn")
    given["actions"] = Actions(store, clock.seconds, given["accept_job"], wake, forget)
    return {**given, "forget": forget, "in_thread": thread}


def _oidc(
    entrance: Entrance, store: Store, reactor: Any, clock: IReactorTime, random_text: Callable[[int], str]
) -> Oidc | None:
    """The way through the identity provider, where there is one."""
    if entrance.oidc is None:
        return None
    from acs.web.oidc.coming import Oidc

    return Oidc(entrance.oidc, store, reactor, clock, random_text)


def _chain(
    store: Store, clock: IReactorTime, door: Door, entrance: Entrance
) -> tuple[BearerTokens, SessionCookies]:
    cookies = SessionCookies(store, clock.seconds, door.csrf_of, entrance.second_factor_required)
    return BearerTokens(store, clock.seconds), cookies


def _forget(chain: Iterable[BearerTokens | SessionCookies]) -> None:
    for each in chain:
        each.forget()


def _site_of(
    routes: Sequence[Route],
    appliance: Appliance,
    chain: Sequence[Authenticator],
    trusted: Networks,
    reactor: Any,
) -> Site:
    around = Around(routes, appliance, Trail(appliance.store, appliance.clock.seconds))
    root = Dispatcher(Router((*routes, *PAGES)), appliance, chain, around, trusted, dressed)
    return site_of(root, reactor)


def site_of(root: Dispatcher, reactor: Any) -> Site:
    """A site that serves a table of routes."""
    how: dict[str, Any] = {"reactor": reactor, "parsePOSTFormSubmission": False}
    return QuietSite(root, StreamedRequest, **how)  # type: ignore[no-untyped-call]


def _alone(store: Store, clock: IReactorTime) -> Parts:
    """For a site without an appliance around it: nobody is called, and nobody fails."""

    async def nobody(device_id: str) -> None:
        """Call nobody."""

    waker = NoWaker(store, clock.seconds)

    async def wake(device_id: str) -> Wake:
        """Wake nobody."""
        return await waker.wake(device_id, "auto", "")

    return Parts(
        accept_job=queue_of(store, clock.seconds),
        waker=waker,
        wake_in_turn=wake,
        bulks=Bulks(store, clock),
        campaigns=Campaigns(store, clock.seconds, nobody, lambda campaign, device: ""),
        reload=reload_nothing,
        hooks=Hooks(clock),
        firmware=NoFolder(),
        transfers=nothing_moves,
    )
