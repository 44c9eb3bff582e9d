"""What of a device's settings goes along to the one that replaces it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct
from msgspec.structs import replace
from twisted.trial.unittest import SynchronousTestCase

from acs.configuration.backing_up import (
    BRACES,
    ITS_OWN,
    NO_NAME,
    OF_ITS_NETWORK,
    READ_ONLY,
    THE_OPERATORS,
    TWICE,
    UNREAD,
    UNSURE,
    UNTOLD,
    Backup,
    New,
    Old,
    back_up,
)
from acs.configuration.document import LONGEST_VALUE, Entry, read_document, write_document
from tests.configuration.strategies import DOCUMENTS, VALUES

IGD = "InternetGatewayDevice."
NAMES = {
    "wifi.ssid": ".Wifi.SSID",
    "wifi.passphrase": ".Wifi.KeyPassphrase",
    "acs.url": ".ManagementServer.URL",
}
SSID, KEY, OTHER = f"{IGD}Wifi.SSID", f"{IGD}Wifi.KeyPassphrase", f"{IGD}Other.Thing"
NEW_SSID = "Device.SSID.1.Name"


class Held(Struct, frozen=True):
    """A parameter of a device."""

    value: str | None = ""
    type: str = "xsd:string"
    writable: bool | None = True
    notification: int | None = 0


def old(
    known: Mapping[str, Any] | None = None,
    own: Mapping[str, Any] | None = None,
    wanted: Mapping[str, Any] | None = None,
    **more: Any,
) -> Old:
    """A device that is replaced; it wants what is its own, if nothing else is said."""
    held = {path: each if isinstance(each, Held) else Held(each) for path, each in (known or {}).items()}
    how = {"root": IGD, "names": NAMES, "at_level": True, "has_own": True} | more
    return Old(known=held, own=read_document(own or {}), wanted=read_document(wanted or {}), **how)


def new(wanted: Mapping[str, Any] | None = None, **more: Any) -> New:
    """One of another model that takes its place."""
    names = {"wifi.ssid": ".SSID.1.Name", "wifi.passphrase": ".AP.1.KeyPassphrase"}
    how = {"root": "Device.", "names": names, "alike": False} | more
    return New(wanted=read_document(wanted or {}), **how)


def twin(wanted: Mapping[str, Any] | None = None, **more: Any) -> New:
    """One of the same model."""
    return New(**({"root": IGD, "names": NAMES, "wanted": read_document(wanted or {}), "alike": True} | more))


class BackingUpTests(SynchronousTestCase):
    def assert_taken(self, wanted: Mapping[str, Any], backup: Backup, **left_out: str) -> None:
        """These parameters go along, and no reason is told for any other."""
        self.assertEqual((wanted, left_out), (write_document(backup.entries), backup.left_out))

    def test_the_range_of_addresses_goes_along_with_the_network_s_own_alone(self) -> None:
        names = {"lan.dhcp.first": ".Pool.First"}
        held = {f"{IGD}Pool.First": "192.168.1.100", f"{IGD}Lan": "192.168.1.1"}
        both = {**names, "lan.address": ".Lan"}
        for model in ("other", "the same"):
            to = {"other": new(names=names), "the same": twin(names=names)}[model]
            backup = back_up(old(held, names=names), to)
            self.assertEqual(({}, {"lan.dhcp.first": OF_ITS_NETWORK}), (backup.entries, backup.left_out))
            backup = back_up(old(held, names=both), replace(to, names=both))
            wanted = {"lan.address": "192.168.1.1", "lan.dhcp.first": "192.168.1.100"}
            self.assertEqual(wanted, write_document(backup.entries))
        own = {"lan.dhcp.first": "192.168.1.9"}
        backup = back_up(old(held, own, names=names, has_own=False), new(names=names))
        self.assertEqual(own, write_document(backup.entries))

    def assert_left(self, name: str, reason: str, backup: Backup) -> None:
        """Nothing goes along, and this is why."""
        self.assertEqual(({}, {name: reason}), (backup.entries, backup.left_out))

    def test_what_the_device_holds_of_a_logical_name_goes_along(self) -> None:
        self.assert_taken({"wifi.ssid": "Café"}, back_up(old({SSID: "Café", OTHER: "x"}), new()))

    def test_what_has_no_name_goes_along_to_the_same_model_alone(self) -> None:
        before = old({OTHER: "x"}, {OTHER: "x"}, {OTHER: "x"})
        self.assert_taken({".Other.Thing": "x"}, back_up(before, twin()))
        self.assert_left(OTHER, NO_NAME, back_up(before, new()))

    def test_what_the_replacement_has_by_its_scopes_does_not(self) -> None:
        before = old({SSID: Held("1", "xsd:boolean")})
        self.assert_taken({}, back_up(before, new({NEW_SSID: "true"})))
        self.assert_taken({"wifi.ssid": "1"}, back_up(before, new({NEW_SSID: "false"})))

    def test_what_nobody_has_changed_is_left_to_the_replacement_s_scopes(self) -> None:
        before = old({SSID: "ours"}, wanted={SSID: "ours"})
        self.assert_taken({}, back_up(before, new({NEW_SSID: "theirs"})))
        self.assert_taken({"wifi.ssid": "ours"}, back_up(before, new()))

    def test_what_the_device_was_not_brought_to_yet_is_left_to_them_too(self) -> None:
        before = old({SSID: "stale"}, wanted={SSID: "newer"}, at_level=False)
        self.assert_taken({}, back_up(before, new({NEW_SSID: "newer"})))

    def test_what_the_subscriber_has_changed_goes_along_and_stays_his(self) -> None:
        his = {"value": "ours", "owner": "subscriber", "notify": "active"}
        before = old({SSID: "mine"}, wanted={SSID: his}, at_level=False)
        for scopes, more in (
            ({}, {"owner": "subscriber", "notify": "active"}),
            ({NEW_SSID: {"value": "ours", "notify": "passive"}}, {"owner": "subscriber"}),
        ):
            self.assert_taken({"wifi.ssid": {"value": "mine", **more}}, back_up(before, new(scopes)))
        self.assert_taken({"wifi.ssid": "mine"}, back_up(before, new({NEW_SSID: his})))
        self.assert_taken({}, back_up(before, new({NEW_SSID: {**his, "value": "mine"}})))

    def test_what_was_learnt_from_him_stays_his(self) -> None:
        his = {SSID: {"value": "mine", "owner": "subscriber", "notify": "active"}}
        before = old({SSID: "mine"}, {SSID: "mine"}, his)
        wanted = {"wifi.ssid": {"value": "mine", "owner": "subscriber", "notify": "active"}}
        self.assert_taken(wanted, back_up(before, new()))
        self.assert_taken({"wifi.ssid": "mine"}, back_up(before, new({NEW_SSID: his[SSID]})))

    def test_what_is_the_subscriber_s_needs_no_name_for_the_same_model(self) -> None:
        before = old({OTHER: "mine"}, wanted={OTHER: {"value": "ours", "owner": "subscriber"}})
        scopes = {OTHER: {"value": "ours", "owner": "subscriber"}}
        self.assert_taken({".Other.Thing": "mine"}, back_up(before, twin(scopes)))
        self.assert_left(OTHER, UNREAD, back_up(old(wanted=scopes), twin()))

    def test_what_is_the_operator_s_is_not_for_others_to_change(self) -> None:
        entry = {"value": "ours", "owner": "operator"}
        before = old({SSID: "mine"}, wanted={SSID: entry})
        self.assert_left("wifi.ssid", THE_OPERATORS, back_up(before, new({NEW_SSID: entry})))
        self.assert_taken({"wifi.ssid": "ours"}, back_up(before, new()))

    def test_its_own_document_goes_along_as_it_was_written(self) -> None:
        text = "{{ device.serial_number }}"
        before = old({OTHER: "S1"}, {OTHER: {"value": text, "notify": "active"}}, {OTHER: "S1"})
        self.assert_taken({".Other.Thing": {"value": text, "notify": "active"}}, back_up(before, twin()))

    def test_what_was_made_of_its_own_since_goes_along_instead(self) -> None:
        own = {SSID: "set"}
        changed = {SSID: "changed"}
        for said, how in (
            ("changed", {}),
            ("set", {"has_own": False}),
            ("set", {"wanted": {SSID: {"value": "set", "owner": "operator"}}}),
        ):
            before = old(changed, own, **{"wanted": own, **how})
            self.assert_taken({"wifi.ssid": said}, back_up(before, new()))
        self.assert_taken({"wifi.ssid": "set"}, back_up(old({SSID: "{{ device.id }}"}, own, own), new()))

    def test_its_own_goes_along_though_the_scopes_say_the_same(self) -> None:
        own = {"wifi.ssid": "set"}
        before = old({SSID: "set"}, own, {SSID: "set"})
        self.assert_taken(own, back_up(before, new({NEW_SSID: "set"})))

    def test_what_is_for_the_first_contact_is_for_any(self) -> None:
        first = {"value": "set", "bootstrap_only": True}
        before = old({SSID: "changed"}, wanted={SSID: first})
        wanted = {"wifi.ssid": {"value": "changed", "bootstrap_only": False}}
        self.assert_taken(wanted, back_up(before, new({NEW_SSID: first})))
        own = old({SSID: "set"}, {SSID: first}, {SSID: first})
        wanted = {"wifi.ssid": {"value": "set", "bootstrap_only": False}}
        self.assert_taken(wanted, back_up(own, new()))

    def test_a_notification_of_its_own_goes_along_with_the_value_if_there_is_one(self) -> None:
        own = {SSID: {"notify": "active"}}
        taken = back_up(old({SSID: "x"}, own, own), new())
        self.assert_taken({"wifi.ssid": {"value": "x", "notify": "active"}}, taken)
        self.assert_taken({"wifi.ssid": {"notify": "active"}}, back_up(old({}, own, own), new()))
        other = {OTHER: {"notify": "active"}}
        self.assert_taken({".Other.Thing": {"notify": "active"}}, back_up(old({OTHER: "x"}, other), twin()))

    def test_a_place_that_is_written_twice_is_one(self) -> None:
        own = {
            "wifi.ssid": {"value": "wide", "notify": "passive"},
            SSID: {"value": "", "bootstrap_only": False},
        }
        wanted = {"wifi.ssid": {"value": "", "notify": "passive", "bootstrap_only": False}}
        self.assert_taken(wanted, back_up(old({}, own), new()))

    def test_tables_and_named_instances_go_along_to_the_same_model(self) -> None:
        own = {".Maps.": {"others": "remove"}, ".Maps.[web].Port": 80}
        held = {f"{IGD}Maps.7.Alias": "web", f"{IGD}Maps.7.Port": "81"}
        before = old(held, own, {f"{IGD}Maps.[web].Port": "80"})
        wanted = {".Maps.": {"others": "remove"}, ".Maps.[web].Port": "81"}
        self.assert_taken(wanted, back_up(before, twin()))

    def test_an_instance_that_is_meant_by_what_it_is_has_its_logical_name(self) -> None:
        names, path = {"wifi.ssid": ".Net.1.SSID"}, f"{IGD}Net.[main].SSID"
        held = {f"{IGD}Net.1.Alias": "main", f"{IGD}Net.1.SSID": "stale"}
        before = old(held, {path: "new"}, {path: "new"}, names=names, has_own=False, at_level=False)
        for after in (new(names=names), twin(names=names)):
            self.assert_taken({"wifi.ssid": "new"}, back_up(before, after))

    def test_a_type_is_for_the_same_model(self) -> None:
        own = {"wifi.ssid": {"value": "1", "type": "xsd:unsignedInt"}}
        self.assert_taken(own, back_up(old({}, own), twin()))
        self.assert_taken({"wifi.ssid": "1"}, back_up(old({}, own), new()))

    def test_a_channel_that_the_device_chooses_does_not_go_along(self) -> None:
        names = {"wifi.channel": ".Wifi.Channel", "wifi.auto_channel": ".Wifi.Auto"}
        channel, auto = f"{IGD}Wifi.Channel", f"{IGD}Wifi.Auto"
        for switch, wanted in (("1", {}), ("true", {}), ("0", {"wifi.channel": "6"})):
            taken = back_up(old({channel: "6", auto: switch}, names=names), new(names=names))
            self.assert_taken({**wanted, "wifi.auto_channel": switch}, taken)
        before = old({channel: "6", auto: "1"}, {channel: "6"}, {channel: "6"}, names=names)
        self.assertEqual("6", write_document(back_up(before, new(names=names)).entries)["wifi.channel"])

    def test_what_cannot_be_set_does_not_go_along(self) -> None:
        read_only, unsure = Held("x", writable=False), Held("x", writable=None)
        self.assert_taken({}, back_up(old({SSID: read_only}), new()))
        self.assert_left("wifi.ssid", READ_ONLY, back_up(old({SSID: read_only}, {SSID: "y"}), new()))
        self.assert_left("wifi.ssid", UNSURE, back_up(old({SSID: unsure}), new()))

    def test_how_the_appliance_reaches_it_does_not_go_along(self) -> None:
        server = f"{IGD}ManagementServer."
        self.assert_taken({}, back_up(old({f"{server}URL": "http://acs"}), twin()))
        for name in (
            "URL", "Username", "Password", "ParameterKey", "STUNPassword", "ConnectionRequestURL",
            "ConnectionRequestUsername", "ConnectionRequestPassword",
        ):  # fmt: skip
            taken = back_up(old({}, {f"{server}{name}": "x"}), twin())
            self.assertEqual(({}, [ITS_OWN]), (taken.entries, list(taken.left_out.values())))
        own = {".ManagementServer.PeriodicInformInterval": "900"}
        self.assert_taken(own, back_up(old({}, own), twin()))
        self.assertEqual({}, back_up(old({}, {".XMPP.Connection.1.Password": "x"}), twin()).entries)

    def test_a_secret_is_what_the_own_document_says_or_is_left_out(self) -> None:
        for hidden in ("", "********"):
            before = old({KEY: hidden}, {KEY: "open sesame"}, {KEY: "open sesame"})
            self.assert_taken({"wifi.passphrase": "open sesame"}, back_up(before, new()))
            self.assert_left("wifi.passphrase", UNTOLD, back_up(old({KEY: hidden}), new()))
            self.assert_taken({}, back_up(old({KEY: hidden}), new({"Device.AP.1.KeyPassphrase": "x"})))
        self.assert_taken({"wifi.passphrase": "told"}, back_up(old({KEY: "told"}), new()))

    def test_a_secret_whose_name_is_that_of_none_is_marked(self) -> None:
        names = {"guest.word": ".Wifi.KeyPassphrase"}
        taken = back_up(old({KEY: "told"}, names=names), new(names=names))
        self.assert_taken({"guest.word": {"value": "told", "secret": True}}, taken)
        wanted = {SSID: {"value": "x", "secret": True}}
        taken = back_up(old({SSID: "told"}, wanted=wanted), new())
        self.assert_taken({"wifi.ssid": {"value": "told", "secret": True}}, taken)
        self.assert_left("wifi.ssid", UNTOLD, back_up(old({SSID: ""}, wanted=wanted), new()))

    def test_names_are_those_of_the_replacement(self) -> None:
        reason = "no map has wifi.ssid for the replacement"
        self.assert_left("wifi.ssid", reason, back_up(old({SSID: "x"}), new(names={})))
        self.assert_taken({"wifi.ssid": "x"}, back_up(old({SSID: "x"}), new(names={}, root="")))
        names = {"wifi.name": ".Wifi.SSID", "wifi.ssid": ".Wifi.SSID"}
        self.assert_taken({"wifi.ssid": "x"}, back_up(old({SSID: "x"}, names=names), new()))

    def test_a_name_that_stands_for_nothing_on_the_old_one_may_serve_the_new_one(self) -> None:
        before = old({}, {"wifi.6g.ssid": "x"})
        self.assert_taken({"wifi.6g.ssid": "x"}, back_up(before, new(names={"wifi.6g.ssid": ".A"})))
        reason = "no map has wifi.6g.ssid for the replacement"
        self.assert_left("wifi.6g.ssid", reason, back_up(before, new()))

    def test_two_names_for_one_parameter_of_the_new_one_are_no_two_values(self) -> None:
        names = {"a.one": ".A.One", "a.two": ".A.Two"}
        before = old({f"{IGD}A.One": "1", f"{IGD}A.Two": "2"}, names=names)
        taken = back_up(before, new(names=dict.fromkeys(names, ".A")))
        self.assertEqual(({"a.one": "1"}, {"a.two": TWICE}), (write_document(taken.entries), taken.left_out))

    def test_a_device_that_never_told_its_root_has_what_is_written_of_it(self) -> None:
        own = {".Other.Thing": "x", "wifi.ssid": "y", f"{IGD}Other.Thing": "z"}
        never = {"root": "", "names": {}}
        self.assert_taken(own, back_up(old({}, own, **never), twin(root="", names={})))
        taken = back_up(old({}, own, **never), new(root="", names={}))
        self.assertEqual({"wifi.ssid": "y"}, write_document(taken.entries))
        self.assertEqual({NO_NAME}, set(taken.left_out.values()))

    def test_a_value_that_no_document_may_have_is_left_out(self) -> None:
        self.assert_left("wifi.ssid", BRACES, back_up(old({SSID: "{{ related.word }}"}), new()))
        reason = f"has a value of more than {LONGEST_VALUE:,} characters"
        self.assert_left("wifi.ssid", reason, back_up(old({SSID: "x" * (LONGEST_VALUE + 1)}), new()))
        path = f".{'A' * 240}.B"
        taken = back_up(old({}, {f"Device{path}": "x"}, root="Device."), twin(root="Device."))
        (reason,) = taken.left_out.values()
        self.assertIn("is longer than", reason)


PARAMETERS = st.dictionaries(
    st.sampled_from([f"{IGD}{name}" for name in ("A.X", "A.Y", "B.Z", "B.Password", "ManagementServer.URL")]),
    st.builds(Held, st.none() | VALUES, writable=st.sampled_from([True, False, None])),
)
MAPS = st.dictionaries(
    st.sampled_from(["n.x", "n.y", "n.p", "n.u"]),
    st.sampled_from([".A.X", ".A.Y", ".B.Password", ".ManagementServer.URL"]),
)
ROOTS = st.sampled_from(["", IGD])


class AnyTests(SynchronousTestCase):
    @given(
        PARAMETERS, DOCUMENTS, DOCUMENTS, DOCUMENTS, MAPS, MAPS, ROOTS, ROOTS, st.booleans(), st.booleans()
    )
    def test_what_goes_along_is_a_document_without_anything_that_must_not(
        self,
        known: dict[str, Held],
        own: dict[str, Entry],
        wanted: dict[str, Entry],
        there: dict[str, Entry],
        names: dict[str, str],
        its_names: dict[str, str],
        root: str,
        its_root: str,
        alike: bool,
        reached: bool,
    ) -> None:
        before = Old(root, names, known, own, wanted, reached, reached)
        taken = back_up(before, New(its_root, its_names, there, alike))
        written = write_document(taken.entries)
        self.assertEqual(taken.entries, read_document(written))
        for path in taken.entries:
            self.assertFalse(path.endswith("ManagementServer.URL"), path)
            self.assertTrue(alike or not path.startswith("."), path)
        self.assertTrue(all(taken.left_out.values()))

    @given(PARAMETERS, MAPS)
    def test_a_replacement_that_holds_what_went_along_needs_nothing_more(
        self, known: dict[str, Held], names: dict[str, str]
    ) -> None:
        before = Old(IGD, names, known, {}, {}, True, True)
        taken = back_up(before, New(IGD, names, {}, True))
        its_scopes = {IGD + names[name][1:]: entry for name, entry in taken.entries.items()}
        self.assertEqual({}, back_up(before, New(IGD, names, its_scopes, True)).entries)
