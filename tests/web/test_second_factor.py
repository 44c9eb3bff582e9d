"""The second factor: codes of an app, recovery codes, who has to have one."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import parse_qs, urlsplit

from msgspec.structs import replace
from twisted.trial.unittest import SynchronousTestCase

from acs.store.records import Role
from acs.web.people.entrance import Entrance
from acs.web.people.one_time import STEP, code_at, step_of
from tests.web.cases import AIRTIES, path
from tests.web.client import Response
from tests.web.test_login import ANN, PASSWORD, LoginCase

FACTOR = path("me", "second-factor")


class CodeTests(SynchronousTestCase):
    def test_codes_are_those_of_the_standard(self) -> None:
        """RFC 6238, appendix B, as far as six digits go."""
        secret = b"12345678901234567890"
        for when, code in (
            (59, "287082"),
            (1111111109, "081804"),
            (1111111111, "050471"),
            (1234567890, "005924"),
            (2000000000, "279037"),
            (20000000000, "353130"),
        ):
            self.assertEqual(code, code_at(secret, when // STEP))

    def test_a_code_holds_a_step_before_and_after(self) -> None:
        secret, step = b"12345678901234567890", 1000
        for aside, found in ((-2, None), (-1, 999), (0, 1000), (1, 1001), (2, None)):
            self.assertEqual(found, step_of(secret, code_at(secret, step + aside), step * STEP + 29.9))
        for wrong in ("", "00000", "0000000", "é", "１２３４５６"):
            self.assertIsNone(step_of(secret, wrong, step * STEP))


class FactorCase(LoginCase):
    """Ann has logged in; ``self.secret`` is of her app."""

    secret = b""
    recovery: list[str]

    async def setUp(self) -> None:
        await super().setUp()
        await self.enter()

    def code(self, aside: int = 0) -> str:
        """What the app shows, or shows so many steps later."""
        return code_at(self.secret, int(self.clock.seconds() // STEP) + aside)

    async def begin(self) -> None:
        """Get a secret."""
        response = await self.by_cookie("POST", FACTOR)
        self.assertEqual(201, response.status, response.body)
        text = response.json["secret"]
        self.secret = base64.b32decode(text + "=" * (-len(text) % 8))
        uri = urlsplit(response.json["uri"])
        self.assertEqual(("otpauth", "totp", "/ACS:ann"), (uri.scheme, uri.netloc, uri.path))
        self.assertEqual({"secret": [text], "issuer": ["ACS"]}, parse_qs(uri.query))

    async def set_up(self) -> None:
        """Get one and show it; the code that was shown is used then."""
        await self.begin()
        response = await self.by_cookie("PUT", FACTOR, {"code": self.code()})
        self.assertEqual(200, response.status, response.body)
        self.recovery = response.json["recovery_codes"]

    async def come_with(self, code: str, **how: Any) -> Response:
        """What is answered to the password with a code."""
        return await self.come(more={"code": code}, **how)

    async def me(self) -> Any:
        """What Ann is told of herself."""
        return (await self.by_cookie("GET", path("me"))).json


class SettingUpTests(FactorCase):
    async def test_it_holds_when_a_code_was_shown_and_no_sooner(self) -> None:
        await self.begin()
        self.assertEqual(200, (await self.come()).status)
        self.assertFalse((await self.me())["second_factor"])
        for wrong in ("000000", "", self.code(2)):
            response = await self.by_cookie("PUT", FACTOR, {"code": wrong})
            self.assertEqual((422, ["code"]), (response.status, list(response.wrong)))
        self.assertEqual(200, (await self.by_cookie("PUT", FACTOR, {"code": self.code()})).status)
        self.assertTrue((await self.me())["second_factor"])
        self.assertEqual(401, (await self.come()).status)

    async def test_the_newest_secret_counts_until_then(self) -> None:
        await self.begin()
        old = self.code()
        await self.begin()
        self.assertEqual(422, (await self.by_cookie("PUT", FACTOR, {"code": old})).status)
        self.assertEqual(200, (await self.by_cookie("PUT", FACTOR, {"code": self.code()})).status)

    async def test_nobody_puts_another_in_its_place(self) -> None:
        await self.set_up()
        self.assertEqual(409, (await self.by_cookie("POST", FACTOR)).status)
        self.assertEqual(422, (await self.by_cookie("PUT", FACTOR, {"code": self.code(1)})).status)

    async def test_a_token_has_none(self) -> None:
        for method, target, body in (
            ("POST", FACTOR, {}),
            ("PUT", FACTOR, {"code": "1"}),
            ("POST", FACTOR + "/removal", {"code": "1"}),
            ("PUT", path("me", "password"), {"old": "x", "new": "long enough"}),
        ):
            await self.assert_refused(409, method, target, body)

    async def test_what_is_kept_tells_neither_secret_nor_codes(self) -> None:
        await self.set_up()
        (row,) = await self.store._rows("SELECT document FROM second_factors")
        for secret in (self.secret, base64.b64encode(self.secret), self.recovery[0].encode()):
            self.assertNotIn(secret, row[0])


class ShowingTests(FactorCase):
    async def setUp(self) -> None:
        await super().setUp()
        await self.set_up()
        self.clock.advance(60)

    async def test_without_a_code_it_is_asked_for_after_the_password_alone(self) -> None:
        response = await self.come()
        self.assertEqual((401, "wanted"), (response.status, response.json["code"]))
        self.assertNotIn("code", (await self.come(password="falsch")).json)
        self.assertEqual(200, (await self.come_with(self.code())).status)

    async def test_a_code_is_good_once_and_so_is_none_before_it(self) -> None:
        self.assertEqual(200, (await self.come_with(self.code())).status)
        for code in (self.code(), self.code(-1)):
            response = await self.come_with(code)
            self.assertEqual((401, "wanted"), (response.status, response.json["code"]))
        self.assertEqual(200, (await self.come_with(self.code(1))).status)

    async def test_of_two_who_show_the_same_code_at_once_one_comes_in(self) -> None:
        answers = [self.come_with(self.code()) for _ in range(3)]
        self.assertEqual([200, 401, 401], sorted([(await each).status for each in answers]))

    async def test_a_recovery_code_is_good_once_however_it_is_written(self) -> None:
        self.assertEqual(10, len(set(self.recovery)))
        first, second = self.recovery[:2]
        for code, status in (
            (first.upper().replace("-", " "), 200),
            (first, 401),
            (second, 200),
            ("aaaa-bbbb-cccc-dddd", 401),
        ):
            self.assertEqual(status, (await self.come_with(code)).status, code)

    async def test_who_guesses_codes_waits_too_though_the_password_is_right(self) -> None:
        for _ in range(5):
            self.assertEqual(200, (await self.come_without_counting()))
            self.assertEqual(401, (await self.come_with("000000")).status)
        self.assertEqual(429, (await self.come_with(self.code())).status)
        self.assertEqual(429, (await self.come()).status)

    async def come_without_counting(self) -> int:
        """Ask for the code, which neither is a failure nor makes up for one."""
        response = await self.come()
        return 200 if response.json.get("code") == "wanted" else response.status


class RemovingTests(FactorCase):
    async def setUp(self) -> None:
        await super().setUp()
        await self.set_up()
        self.clock.advance(60)

    async def test_it_takes_a_code(self) -> None:
        for code, status in (("000000", 422), (self.code(), 204)):
            response = await self.by_cookie("POST", FACTOR + "/removal", {"code": code})
            self.assertEqual(status, response.status)
        self.assertFalse((await self.me())["second_factor"])
        self.assertEqual(200, (await self.come()).status)

    async def test_an_administrator_takes_it_away_from_who_has_lost_it(self) -> None:
        target = path("users", "ann", "second-factor")
        self.assertEqual(204, (await self.ask("DELETE", target)).status)
        await self.assert_refused(404, "DELETE", target)
        self.assertEqual(200, (await self.come()).status)

    async def test_it_goes_with_its_user(self) -> None:
        await self.ask("DELETE", path("users", "ann"))
        await self.store.put_user(ANN)
        self.assertEqual(200, (await self.come()).status)


class RequiredTests(FactorCase):
    how = {"entrance": Entrance(second_factor_required=True)}

    async def test_who_has_none_may_set_one_up_and_nothing_else(self) -> None:
        self.assertTrue((await self.me())["confined"])
        for method, target in (("GET", path("devices")), ("GET", path("devices", AIRTIES.id))):
            response = await self.by_cookie(method, target)
            self.assertEqual((403, "second factor"), (response.status, response.json["code"]))
        await self.set_up()
        self.assertFalse((await self.me())["confined"])
        self.assertEqual(200, (await self.by_cookie("GET", path("devices"))).status)

    async def test_tokens_need_none(self) -> None:
        self.assertEqual(200, (await self.ask("GET", path("devices"), role=Role.VIEWER)).status)


class PasswordTests(LoginCase):
    target = path("me", "password")

    async def setUp(self) -> None:
        await super().setUp()
        await self.enter()

    async def test_who_knows_the_old_one_sets_a_new_one_and_other_logins_end(self) -> None:
        other = self.cookie
        await self.enter()
        response = await self.by_cookie("PUT", self.target, {"old": PASSWORD, "new": "another one"})
        self.assertEqual(200, response.status)
        for cookie, status in (
            (other, 401),
            (self.cookie, 401),
            (response.headers["Set-Cookie"].partition(";")[0], 200),
        ):
            self.cookie = cookie
            self.assertEqual(status, await self.status())
        self.assertEqual(401, (await self.come()).status)
        self.assertEqual(200, (await self.come(password="another one")).status)

    async def test_a_wrong_old_one_is_refused_and_makes_wait(self) -> None:
        for _ in range(5):
            response = await self.by_cookie("PUT", self.target, {"old": "x", "new": "another one"})
            self.assertEqual((422, ["old"]), (response.status, list(response.wrong)))
        body = {"old": PASSWORD, "new": "another one"}
        self.assertEqual(429, (await self.by_cookie("PUT", self.target, body)).status)
        self.assertEqual(200, await self.status())

    async def test_a_short_new_one_is_refused(self) -> None:
        response = await self.by_cookie("PUT", self.target, {"old": PASSWORD, "new": "short"})
        self.assertEqual(400, response.status)

    async def test_who_has_none_sets_none(self) -> None:
        await self.store.put_user(replace(ANN, password="", subject="x"))
        response = await self.by_cookie("PUT", self.target, {"old": "", "new": "another one"})
        self.assertEqual(401, response.status)
