"""The list of devices, with the columns that one wants to see."""

from __future__ import annotations

from typing import NamedTuple

from acs.store.records import Role
from acs.web.calls import Call, Param
from acs.web.console.asking import Ask
from acs.web.console.pages import Pages, Values, query_of
from acs.web.schema import line

pages = Pages()


class Column(NamedTuple):
    """``name`` is that of the template's cell, ``sort`` the order of the API's list, "" for none."""

    name: str
    label: str
    sort: str = ""


COLUMNS = (
    Column("model", "Model", "product_class"),
    Column("software", "Software", "software_version"),
    Column("level", "Level"),
    Column("last_inform", "Last Inform", "last_inform"),
    Column("session", "Session"),
    Column("address", "Address"),
    Column("related", "Related"),
    Column("tags", "Tags"),
    Column("manufacturer", "Manufacturer", "manufacturer"),
    Column("oui", "OUI"),
    Column("serial_number", "Serial number", "serial_number"),
    Column("hardware", "Hardware"),
    Column("category", "Category"),
    Column("data_model", "Data model"),
    Column("first_seen", "First seen", "first_seen"),
    Column("informs", "Informs"),
    Column("waking", "Woken by"),
    Column("quirks", "Quirks"),
    Column("trouble", "Trouble"),
    Column("notes", "Notes"),
)
"""All that there are, beside the device itself."""
USUAL = tuple(each.name for each in COLUMNS[:8])

_COLUMNS = Param("columns", line(400), "Which, with commas between.")


@pages.add("/devices", "devices.html", query=(*query_of("/devices"), _COLUMNS))
async def devices(ask: Ask, call: Call) -> Values:
    """Those that fit the filters."""
    asked = {name: value for name, value in call.query.items() if name != _COLUMNS.name}
    wanted = str(call.query.get(_COLUMNS.name, "")).split(",")
    chosen = [each for each in COLUMNS if each.name in wanted]
    not_filters = ("limit", "cursor", "sort")
    return {
        "page": await ask.get("devices", **asked),
        "given": call.query,
        "filter": {
            name: _text(value) for name, value in asked.items() if name not in not_filters and value != ""
        },
        "columns": chosen or [each for each in COLUMNS if each.name in USUAL],
        "all_columns": COLUMNS,
        "views": await _views(ask),
        "may_change": ask.may(Role.OPERATOR),
    }


async def _views(ask: Ask) -> list[object]:
    found = await ask.maybe("views", limit=1000)
    return found["items"] if found else []


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
