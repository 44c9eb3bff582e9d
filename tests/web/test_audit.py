"""The audit log: who has changed what, from what to what, and nothing secret."""

from __future__ import annotations

from typing import Any

import orjson
from twisted.trial.unittest import SynchronousTestCase

from acs.store.interface import Query
from acs.store.records import Credentials, Role
from acs.store.records.audit import Audited
from acs.web.hiding.secrets import MASK
from acs.web.serving.answers import Answer
from acs.web.serving.differences import LONGEST, Glimpse, between, bounded, made
from tests.web.cases import AIRTIES, ApiCase, path, secret_of
from tests.web.test_login import LoginCase

DEVICE = path("devices", AIRTIES.id)
KEY = "Device.WiFi.AccessPoint.1.Security.KeyPassphrase"


class AuditTests(ApiCase):
    async def said(self, query: str = "") -> list[dict[str, Any]]:
        """The audit log, the newest first."""
        return list((await self.get("audit", query=query))["items"])

    async def only(self) -> dict[str, Any]:
        (one,) = await self.said()
        return one

    async def test_a_change_is_told_with_what_was_and_what_is(self) -> None:
        await self.ask("PATCH", DEVICE, {"notes": "a\nnote", "tags": ["vip"]}, role=Role.OPERATOR)
        one = await self.only()
        self.assertEqual(13, len(one.pop("id")))
        self.assertEqual(
            {
                "time": "2026-11-25T12:00:00.000Z",
                "who": "token:a operator",
                "address": "127.0.0.1",
                "method": "PATCH",
                "target": DEVICE,
                "status": 200,
                "before": {"tags": ["field-test"], "notes": ""},
                "after": {"tags": ["vip"], "notes": "a\nnote"},
            },
            one,
        )

    async def test_what_is_made_and_what_is_removed_is_told_as_a_whole(self) -> None:
        place = path("users", "anna")
        await self.ask("PUT", place, {"role": "viewer", "password": "correct horse"})
        await self.ask("DELETE", place)
        removed, added = await self.said()
        self.assertEqual((None, 204), (removed["after"], removed["status"]))
        self.assertEqual("anna", removed["before"]["name"])
        self.assertEqual((None, 201), (added["before"], added["status"]))
        self.assertEqual(("viewer", MASK), (added["after"]["role"], added["after"]["password"]))

    async def test_a_secret_that_changes_is_told_and_not_shown(self) -> None:
        await self.store.put_credentials(AIRTIES.id, Credentials("u", "old password"))
        await self.ask("PUT", DEVICE + "/credentials", {"username": "u", "password": "hush new"})
        gold = path("configurations", "tag", "gold")
        for value in ("hush one", "hush two"):
            said = {KEY: value, "Device.A.B": {"value": value, "secret": True}}
            await self.ask("PUT", gold, {"parameters": said})
        (last, first, credentials) = await self.said()
        self.assertEqual((MASK, MASK), (credentials["before"]["password"], credentials["after"]["password"]))
        self.assertEqual(MASK, last["before"]["parameters"][KEY])
        self.assertEqual(MASK, last["after"]["parameters"][KEY])
        kept = (await self.store.audited(Query())).items
        self.assertNotRegex(repr(kept), "hush|old password|new password")

    async def test_a_token_is_told_without_itself(self) -> None:
        response = await self.ask("POST", path("tokens"), {"name": "crm", "role": "viewer"})
        one = await self.only()
        self.assertEqual(("POST", "/api/v1/tokens", None), (one["method"], one["target"], one["before"]))
        self.assertEqual(("crm", MASK), (one["after"]["name"], one["after"]["token"]))
        self.assertNotIn(response.json["token"], repr((await self.store.audited(Query())).items))

    async def test_a_job_is_told_without_its_secrets(self) -> None:
        arguments = {"ParameterList": [{"Name": KEY, "Value": "hush", "Type": "xsd:string"}]}
        body = {"rpc": "SetParameterValues", "arguments": arguments, "reason": "asked"}
        await self.ask("POST", DEVICE + "/jobs", body)
        after = (await self.only())["after"]
        self.assertEqual(("asked", MASK), (after["reason"], after["arguments"]["ParameterList"][0]["Value"]))

    async def test_what_is_asked_for_and_not_seen_in_the_thing_is_told_too(self) -> None:
        await self.ask("PATCH", DEVICE, {"quirks": {"no-attributes": True}})
        self.assertEqual({"quirks": {"no-attributes": True}}, (await self.only())["after"])

    async def test_a_change_that_was_not_allowed_is_told(self) -> None:
        await self.assert_refused(403, "DELETE", DEVICE, role=Role.SUPPORT)
        body = {"rpc": "Download"}
        await self.assert_refused(403, "POST", DEVICE + "/jobs", body, role=Role.SUPPORT)
        job, deletion = await self.said()
        self.assertEqual(
            (403, "DELETE", "token:a support", None, None),
            tuple(deletion[name] for name in ("status", "method", "who", "before", "after")),
        )
        self.assertEqual((403, DEVICE + "/jobs"), (job["status"], job["target"]))

    async def test_what_changes_nothing_is_not_told(self) -> None:
        await self.ask("GET", DEVICE)
        await self.ask("OPTIONS", DEVICE)
        await self.assert_refused(401, "DELETE", DEVICE, role=None)
        await self.assert_refused(400, "PATCH", DEVICE, {})
        await self.assert_refused(404, "DELETE", path("devices", "nobody"))
        await self.assert_refused(405, "POST", DEVICE)
        await self.assert_refused(412, "DELETE", DEVICE, headers={"If-Match": '"x"'})
        await self.assert_refused(403, "GET", path("users"), role=Role.OPERATOR)
        self.assertEqual([], await self.said())

    async def test_it_is_narrowed_by_who_where_and_when(self) -> None:
        await self.ask("PATCH", DEVICE, {"notes": "a"}, role=Role.OPERATOR)
        self.clock.advance(60)
        await self.ask("POST", DEVICE + "/refresh", {})
        await self.ask("PUT", path("users", "anna"), {"role": "viewer", "password": "correct horse"})
        for query, count in (
            ("", 3),
            ("?who=token:a%20operator", 1),
            ("?target=/api/v1/devices/", 2),
            (f"?target={DEVICE.replace('%', '%25')}/", 1),
            ("?since=2026-11-25T12:00:30Z", 2),
            ("?until=2026-11-25T12:00:30Z", 1),
            ("?who=nobody", 0),
        ):
            self.assertEqual(count, len(await self.said(query)), query)
        page = await self.get("audit", query="?limit=2")
        rest = await self.get("audit", query=f"?limit=2&cursor={page['next']}")
        self.assertEqual((2, 1, None), (len(page["items"]), len(rest["items"]), rest["next"]))

    async def test_it_is_for_administrators(self) -> None:
        await self.assert_refused(403, "GET", path("audit"), role=Role.OPERATOR)

    async def test_a_path_is_told_in_one_form(self) -> None:
        await self.ask("PUT", "/api/v1/users/%61nna", {"role": "viewer", "password": "correct horse"})
        self.assertEqual("/api/v1/users/anna", (await self.only())["target"])

    async def test_tokens_are_never_in_it(self) -> None:
        await self.ask("PATCH", DEVICE, {"notes": secret_of(Role.ADMIN)[:3]})
        self.assertNotIn(secret_of(Role.ADMIN), repr((await self.store.audited(Query())).items))


class LoginAuditTests(LoginCase):
    async def test_who_comes_in_is_told_by_name(self) -> None:
        await self.enter()
        await self.by_cookie("PATCH", DEVICE, {"notes": "x"})
        await self.by_cookie("PATCH", DEVICE, {"notes": "y"}, csrf="forged")
        await self.assert_refused(401, "POST", path("login"), {"name": "ann", "password": "no"}, role=None)
        patch, login = (await self.get("audit"))["items"]
        self.assertEqual(("user:ann", "/api/v1/login"), (login["who"], login["target"]))
        self.assertEqual({"name": "ann", "role": "operator", "csrf": MASK}, login["after"])
        self.assertEqual(("user:ann", {"notes": "x"}), (patch["who"], patch["after"]))


class DifferenceTests(SynchronousTestCase):
    def glimpse(self, whole: dict[str, Any], **shown: Any) -> Glimpse:
        return Glimpse({**whole, **shown}, whole, "")

    def test_members_that_differ_are_told_as_deep_as_they_do(self) -> None:
        before = self.glimpse({"a": {"b": 1, "c": {"d": [1]}}, "e": 1, "gone": 0})
        after = self.glimpse({"a": {"b": 1, "c": {"d": [2]}}, "e": 1, "new": {"x": 1}})
        self.assertEqual(
            ({"a": {"c": {"d": [1]}}, "gone": 0}, {"a": {"c": {"d": [2]}}, "new": {"x": 1}}),
            between(before, after),
        )

    def test_what_was_hidden_in_another_form_stays_hidden(self) -> None:
        before, after = self.glimpse({"a": {"b": "x"}}, a=MASK), self.glimpse({"a": {"b": "y"}}, a=MASK)
        self.assertEqual(({"a": MASK}, {"a": MASK}), between(before, after))
        missing = Glimpse({}, {"a": "x"}, "")
        self.assertEqual(({"a": MASK}, {}), between(missing, self.glimpse({})))

    def test_nothing_stays_nothing(self) -> None:
        self.assertEqual((None, None), between(None, None))
        self.assertIsNone(made(Answer(204)))

    def test_what_is_kept_is_of_bounded_length(self) -> None:
        long = {"a": "x" * 5000, "b": [1], "c": "y" * 50_000}
        kept = orjson.loads(bounded(long))
        self.assertEqual(["(5002 bytes are not kept)", [1], "(50002 bytes are not kept)"], [*kept.values()])
        self.assertLess(len(bounded({str(n): n for n in range(10_000)})), LONGEST)
        self.assertLess(len(bounded(["x" * 100_000])), LONGEST)

    def test_a_record_has_nothing_to_tell_where_nothing_is_said(self) -> None:
        record = Audited(1, 1.0, "anna", "", "PUT", "/", 200)
        self.assertEqual(("null", "null"), (record.before, record.after))
