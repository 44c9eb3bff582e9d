"""People who may log in, kept by an administrator."""

from __future__ import annotations

from msgspec.structs import replace

from acs.store.records import Role
from acs.store.records.people import Only, User
from acs.web.api.tokens import ROLE
from acs.web.appliance import Appliance
from acs.web.objects.people import ONLY_GIVEN, PASSWORD, USER, only_given
from acs.web.people.areas import Area
from acs.web.people.restrictions import WHOLE
from acs.web.serving.answers import NOTHING, Answer, of_json
from acs.web.serving.calls import Body, Call
from acs.web.serving.listing import PAGE, answer_list, list_of, piece
from acs.web.serving.problems import Problem
from acs.web.serving.routing import Content, Routes
from acs.web.serving.schema import NAME, FieldError, errors, objects

routes = Routes("/api/v1", Area.SYSTEM, WHOLE)

_ONE = Content(USER.reference)


@routes.add("GET", "/users", Role.ADMIN, {200: list_of(USER.reference)}, query=PAGE)
async def list_users(appliance: Appliance, call: Call) -> Answer:
    """List users."""
    page = piece(call, await appliance.store.users(), lambda user: user.name)
    return answer_list(call, [USER.write(user) for user in page.items], page.next)


@routes.add("GET", "/users/{name}", Role.ADMIN, {200: _ONE})
async def read_user(appliance: Appliance, call: Call) -> Answer:
    """One user."""
    return of_json(USER.write(await _user_of(appliance, call)))


async def _user_of(appliance: Appliance, call: Call) -> User:
    user = await appliance.store.user(call.path["name"].text)
    if user is None:
        raise Problem(404, "there is no user of this name")
    return user


@routes.add(
    "PUT",
    "/users/{name}",
    Role.ADMIN,
    {200: _ONE, 201: _ONE},
    body=Body(objects({"role": ROLE, "password": PASSWORD, "only": ONLY_GIVEN}, ("role",))),
    refusals=(409, 422),
)
async def put_user(appliance: Appliance, call: Call) -> Answer:
    """Add a user, who needs a password; or change a user.

    Password and restriction stay as they are where they are not given.  With another role or password the
    user is logged out.
    """
    name, role, password = call.path["name"].text, Role(call.body["role"]), call.body.get("password")
    known = await appliance.store.user(name)
    if known is None:
        _check_new(name, password)
    digest = await appliance.door.passwords.hash(password) if password else ""
    user = known or User(name, role, digest, appliance.now())
    user = replace(user, role=role, password=digest or user.password)
    if "only" in call.body:
        only = only_given(call.body["only"]) or Only()
        user = replace(user, only_tags=only.tags, only_models=only.models)
    await appliance.store.put_user(user)
    appliance.forget_credentials()
    return of_json(USER.write(user), 200 if known else 201)


def _check_new(name: str, password: str | None) -> None:
    if wrong := tuple(errors(name, NAME, "name")):
        raise Problem(422, "this is no name for a user", wrong)
    if not password:
        wrong = (FieldError("password", "missing: a new user needs one"),)
        raise Problem(409, "there is no user of this name to change", wrong)


@routes.add("DELETE", "/users/{name}", Role.ADMIN, {204: None})
async def remove_user(appliance: Appliance, call: Call) -> Answer:
    """Remove a user, who is logged out at once."""
    removed = await appliance.store.remove_user(call.path["name"].text)
    appliance.forget_credentials()
    if not removed:
        raise Problem(404, "there is no user of this name")
    return NOTHING


@routes.add("DELETE", "/users/{name}/second-factor", Role.ADMIN, {204: None})
async def reset_second_factor(appliance: Appliance, call: Call) -> Answer:
    """Take a user's second factor away, whose app and recovery codes are lost."""
    removed = await appliance.store.remove_second_factor(call.path["name"].text)
    appliance.forget_credentials()
    if not removed:
        raise Problem(404, "there is no user of this name with a second factor")
    return NOTHING
