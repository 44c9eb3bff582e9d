"""Whether somebody may ask what a route answers."""

from __future__ import annotations

from acs.store.interface import Store
from acs.web.people.areas import Area, within
from acs.web.people.authentication import Principal
from acs.web.people.restrictions import WHOLE, Path
from acs.web.serving.problems import Problem
from acs.web.serving.routing import Route


def check_role(route: Route, who: Principal) -> None:
    """Raise `Problem` 403 where the role is too small, or the token is for other areas."""
    if route.role is None:
        return
    if not who.may(route.role):
        raise Problem(403, f"this needs the role {route.role} or a higher one")
    if who.confined and route.area is not Area.EVERYBODY:
        raise Problem(403, "set up a second factor first", more={"code": "second factor"})
    if who.scopes and not (route.area and within(who.scopes, route.area, route.method)):
        raise Problem(403, "this is not within the scopes of the token")


async def check(route: Route, path: Path, who: Principal, store: Store) -> None:
    """The same; raises `Problem` 403 or 404 too where the path is not for those who may see some devices
    only."""
    check_role(route, who)
    if who.only is not None:
        await (route.restricted or WHOLE).check(store, who.only, path)
