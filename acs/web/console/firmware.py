"""The folder of files: what each is for, who runs it, who is to run it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from acs.web.console.asking import Ask
from acs.web.console.pages import Pages, Values, query_of
from acs.web.serving.calls import Call
from acs.web.serving.schema import JSON

pages = Pages()

_TRANSFERS = ("Download", "ScheduleDownload", "Upload")


class Use(NamedTuple):
    """A model that a file is for: how many of its devices run it, whether all are to."""

    model: str
    running: int
    devices: int
    wished: bool


@pages.add("/firmware", "firmware.html", query=query_of("/firmware"))
async def firmware(ask: Ask, call: Call) -> Values:
    """The files that fit the filters, what is under way, a form to add one."""
    page = await ask.get("firmware", **call.query)
    models = await ask.all("models")
    ouis = {each["name"]: each["ouis"] for each in await ask.all("vendors")}
    under_way = [
        job for rpc in _TRANSFERS for job in (await ask.get("jobs", rpc=rpc, state="sent", limit=50))["items"]
    ]
    return {
        "page": page,
        "given": call.query,
        "files": [(each, uses(each, models, ouis)) for each in page["items"]],
        "under_way": under_way,
        "models": models,
    }


def uses(file: JSON, models: Iterable[JSON], ouis: Mapping[str, Sequence[str]]) -> list[Use]:
    """The models that an image is for, by its path and what is said beside it."""
    if not file["version"]:
        return []
    versions = tuple(dict.fromkeys(filter(None, (file["version"], file["reported"]))))
    return [
        Use(
            each["name"],
            sum(each["software_versions"].get(version, 0) for version in versions),
            each["devices"],
            each["desired_software_version"] in versions,
        )
        for each in models
        if _is_for(file, each, ouis.get(each["manufacturer"], ()))
    ]


def _is_for(file: JSON, model: JSON, ouis: Sequence[str]) -> bool:
    if model["name"] in file["models"]:
        return True
    vendors = {model["manufacturer"].lower(), *(oui.lower() for oui in ouis)}
    is_class = (file["product_class"] or "").lower() == model["product_class"].lower()
    return is_class and (file["vendor"] or "").lower() in vendors
