"""The list of devices, with the columns that one wants to see."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import urlencode

from acs.store.records import Role
from acs.web.console.asking import Ask
from acs.web.console.pages import Pages, Values, query_of
from acs.web.serving.calls import Call, Param
from acs.web.serving.schema import line

pages = Pages()


class Column(NamedTuple):
    """``name`` is that of the template's cell, ``sort`` the order of the API's list, "" for none; ``members``
    are those of the API's device that it shows, where they are called otherwise."""

    name: str
    label: str
    sort: str = ""
    members: str = ""


COLUMNS = (
    Column("model", "Model", "product_class", "manufacturer,product_class"),
    Column("software", "Software", "software_version", "software_version,desired_software_version"),
    Column("level", "Level", "", "current_config_level,desired_config_level"),
    Column("last_inform", "Last Inform", "last_inform"),
    Column("session", "Session", "", "last_session_result"),
    Column("address", "Address", "", "client_ip,client_ip_verified"),
    Column("related", "Related", "", "related_device"),
    Column("tags", "Tags"),
    Column("manufacturer", "Manufacturer", "manufacturer"),
    Column("oui", "OUI"),
    Column("serial_number", "Serial number", "serial_number"),
    Column("hardware", "Hardware", "", "hardware_version"),
    Column("category", "Category"),
    Column("data_model", "Data model", "", "root_data_model,cwmp_version"),
    Column("first_seen", "First seen", "first_seen"),
    Column("informs", "Informs", "", "inform_count"),
    Column("waking", "Woken by", "", "wake_methods"),
    Column("quirks", "Quirks"),
    Column("trouble", "Trouble", "", "firmware_problem,config_problems"),
    Column("notes", "Notes"),
)
"""All that there are, beside the device itself."""
USUAL = tuple(each.name for each in COLUMNS[:8])

_COLUMNS = Param("columns", line(400), "Which, with commas between.")


_NO_FILTERS = frozenset({"limit", "cursor", "sort"})
_LIST = tuple(each for each in query_of("/devices") if each.name != _COLUMNS.name)


@pages.add("/devices", "devices.html", query=(*_LIST, _COLUMNS))
async def devices(ask: Ask, call: Call) -> Values:
    """Those that fit the filters."""
    asked = {name: value for name, value in call.query.items() if name != _COLUMNS.name}
    wanted = str(call.query.get(_COLUMNS.name, "")).split(",")
    chosen = [each for each in COLUMNS if each.name in wanted] or [
        each for each in COLUMNS if each.name in USUAL
    ]
    filters = {name: _text(value) for name, value in asked.items() if name not in _NO_FILTERS and value != ""}
    members = ["id", *(each.members or each.name for each in chosen)]
    return {
        "page": await ask.get("devices", **asked),
        "given": call.query,
        "filter": filters,
        "columns": chosen,
        "csv": urlencode({**filters, "columns": ",".join(members)}),
        "all_columns": COLUMNS,
        "views": await _views(ask),
        "may_change": ask.may(Role.OPERATOR) and ask.principal.only is None,
    }


async def _views(ask: Ask) -> list[object]:
    found = await ask.maybe("views", limit=1000)
    return found["items"] if found else []


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
