"""Puts the site together that serves GenieACS's northbound interface."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields, replace
from typing import Any

from twisted.internet.defer import DeferredSemaphore
from twisted.web.server import Site

from acs.web.nbi import devices, files, presets, task_routes
from acs.web.nbi.admission import Anyone, BasicTokens, NoBrowsers
from acs.web.nbi.door import AT_ONCE, Door
from acs.web.people.authentication import Authenticator, BearerTokens
from acs.web.serving.around import Around
from acs.web.serving.dispatcher import Dispatcher
from acs.web.serving.routing import Route, Router
from acs.web.serving.trail import Trail
from acs.web.site import site_of


def _both(routes: Iterable[Route]) -> Iterable[Route]:
    """Each with and without a slash at the end, as GenieACS has them."""
    for route in routes:
        yield route
        yield replace(route, pattern=f"{route.pattern}/")


ROUTES: tuple[Route, ...] = tuple(
    _both(route for module in (devices, task_routes, presets, files) for route in module.routes.rows)
)
"""Everything that the interface serves."""


def make_nbi_site(console: Site, reactor: Any, *, asks: bool, local: bool, secrets: bool) -> Site:
    """The interface as a site to listen with, over the appliance of the console's site.

    ``asks``: a token of that is needed; else nobody is asked, and with ``local`` only programs on this
    machine are heard.  ``secrets`` are shown to whoever may ask, or to nobody.
    """
    beside = console.resource
    assert isinstance(beside, Dispatcher)
    chain: list[Authenticator] = [NoBrowsers()]
    if asks:
        for tokens in beside.chain:
            if isinstance(tokens, BearerTokens):
                chain += (tokens, BasicTokens(tokens))
    else:
        chain.append(Anyone(local))
    had = {each.name: getattr(beside.appliance, each.name) for each in fields(beside.appliance)}
    through = Door(**had, secrets=secrets, searches=DeferredSemaphore(AT_ONCE))
    around = Around(ROUTES, through, Trail(through.store, through.clock.seconds))
    return site_of(Dispatcher(Router(ROUTES), through, chain, around), reactor)
