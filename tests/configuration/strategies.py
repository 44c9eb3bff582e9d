"""Documents, as hypothesis makes them up."""

from __future__ import annotations

from hypothesis import strategies as st

from acs.configuration.composing import SCOPES, Scoped
from acs.configuration.document import Entry
from acs.configuration.levels import level_at

TYPES = st.sampled_from(["", "xsd:string", "xsd:boolean", "xsd:int", "xsd:dateTime", "xsd:base64Binary"])
# Of the kinds that types tell apart, and any that XML carries.
VALUES = st.one_of(
    st.sampled_from(["", "0", "1", "true", "FALSE", " 01", "-0", "aB", "a B", "2026-11-23T19:30:00Z"]),
    st.text(st.characters(min_codepoint=32, max_codepoint=0xD7FF), max_size=20),
)
NAMES = st.sampled_from(["A.X", "A.Y", "A.10.X", "A.2.X", "B.Z"])
PATHS = st.builds("".join, st.tuples(st.sampled_from([".", "Device.", "InternetGatewayDevice."]), NAMES))

_MORE = {
    "bootstrap_only": st.sampled_from([None, False, True]),
    "owner": st.sampled_from(["", "operator", "subscriber"]),
}
ENTRIES = st.one_of(
    st.builds(
        Entry,
        value=VALUES,
        notify=st.sampled_from(["", "off", "passive", "active"]),
        secret=st.booleans(),
        type=TYPES,
        **_MORE,
    ),
    st.builds(Entry, notify=st.sampled_from(["off", "passive", "active"]), **_MORE),
)
DOCUMENTS = st.dictionaries(PATHS, ENTRIES, max_size=6)
LEVELS = st.builds(level_at, st.integers(0, 3))
SCOPED = st.lists(
    st.builds(Scoped, st.sampled_from(SCOPES), st.sampled_from("ab"), LEVELS, DOCUMENTS),
    max_size=6,
    unique_by=lambda document: (document.scope, document.name),
)
