"""Data models: what the Broadband Forum's files say of each parameter."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping

from acs.configuration.checking import check, patterns
from acs.configuration.document import Entry
from acs.cwmp.definitions import MOST_BYTES, Described, read_models
from acs.cwmp.modeltypes import ModelError
from acs.store.interface import StoreConflict, TooManyModels
from acs.store.listing.listings import DEFINITIONS
from acs.store.records import DataModel, Role
from acs.web.appliance import Appliance
from acs.web.objects.datamodels import DATA_MODEL, DEFINITION
from acs.web.people.areas import Area
from acs.web.people.restrictions import OPEN, WHOLE
from acs.web.serving.answers import NOTHING, Answer, of_json
from acs.web.serving.calls import Body, Call
from acs.web.serving.listing import PAGE, answer_list, list_of, params_of, piece, query_of
from acs.web.serving.problems import Problem
from acs.web.serving.routing import Content, Routes
from acs.web.serving.schema import FieldError

routes = Routes("/api/v1", Area.CONFIGURATIONS, WHOLE)

_PIECE = 1 << 16
_TOLD = 100
_GZIP = b"\x1f\x8b"
_FILE = Body({"type": "string"}, media_types=("application/xml", "text/xml", "application/gzip"))


@routes.add(
    "GET", "/datamodels", Role.VIEWER, {200: list_of(DATA_MODEL.reference)}, query=PAGE, restricted=OPEN
)
async def list_data_models(appliance: Appliance, call: Call) -> Answer:
    """List the data models that were imported."""
    page = piece(call, appliance.store.data_models(), lambda model: model.name)
    return answer_list(call, [DATA_MODEL.write(model) for model in page.items], page.next)


@routes.add(
    "POST",
    "/datamodels",
    Role.OPERATOR,
    {200: list_of(DATA_MODEL.reference)},
    body=_FILE,
    refusals=(409, 422),
)
async def import_data_models(appliance: Appliance, call: Call) -> Answer:
    """Import a file of the Broadband Forum (tr-...-full.xml), as it is or compressed by gzip.

    The models in it stand instead of those of the same names, all of them or none; they are answered.
    """
    try:
        described = await appliance.in_thread(_read, call.body)
    except ModelError as error:
        where = "" if error.line is None else f"line {error.line}"
        raise Problem(422, "the file cannot be taken", (FieldError(where, error.reason),)) from None
    try:
        models = await appliance.store.put_data_models(described, appliance.now(), call.principal.name)
    except TooManyModels as error:
        raise Problem(409, str(error)) from None
    except StoreConflict:
        raise Problem(409, "somebody else imports the same data model at this moment") from None
    return answer_list(call, [DATA_MODEL.write(model) for model in models], None)


@routes.add("GET", "/datamodels/{name}", Role.VIEWER, {200: Content(DATA_MODEL.reference)}, restricted=OPEN)
async def read_data_model(appliance: Appliance, call: Call) -> Answer:
    """One data model; what it says is at /definitions."""
    return of_json(DATA_MODEL.write(_meant(appliance, call)))


@routes.add("DELETE", "/datamodels/{name}", Role.OPERATOR, {204: None})
async def remove_data_model(appliance: Appliance, call: Call) -> Answer:
    """Forget a data model."""
    await appliance.store.delete_data_model(_meant(appliance, call).name)
    return NOTHING


@routes.add(
    "GET",
    "/definitions",
    Role.VIEWER,
    {200: list_of(DEFINITION.reference)},
    query=params_of(DEFINITIONS),
    restricted=OPEN,
)
async def list_definitions(appliance: Appliance, call: Call) -> Answer:
    """List what the data models say of objects and parameters.

    By path, each as often as there are models that say something of it; what q finds by name.
    """
    page = await appliance.store.definitions(query_of(call))
    return answer_list(call, [DEFINITION.write(each) for each in page.items], page.next)


async def refuse_what_no_model_has(appliance: Appliance, entries: Mapping[str, Entry]) -> None:
    """Raise `Problem` 422 where entries cannot be right by the data models, naming each path."""
    models = [model.name for model in appliance.store.data_models()]
    if not models:
        return
    known = await appliance.store.definitions_of(patterns(entries, models))
    mistakes = await appliance.in_thread(check, entries, models, known)
    if mistakes:
        wrong = tuple(FieldError(f"parameters.{path}", reason) for path, reason in mistakes[:_TOLD])
        raise Problem(422, "the data models say otherwise; with force it is taken all the same", wrong)


def _meant(appliance: Appliance, call: Call) -> DataModel:
    for model in appliance.store.data_models():
        if model.name == call.path["name"].text:
            return model
    raise Problem(404, "there is no data model of this name")


def _read(content: bytes) -> list[Described]:
    return read_models(_unpacked(content) if content.startswith(_GZIP) else [content])


def _unpacked(content: bytes) -> Iterator[bytes]:
    """The content of a gzip file, in pieces; raises `ModelError`, also where it swells beyond all measure."""
    unpacking = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    total, rest = 0, content
    while not unpacking.eof:
        try:
            piece = unpacking.decompress(rest, _PIECE)
        except zlib.error as error:
            raise ModelError(f"is damaged as a gzip file: {error}") from None
        total += len(piece)
        if total > MOST_BYTES:
            raise ModelError(f"is longer than {MOST_BYTES >> 20} MiB")
        rest = unpacking.unconsumed_tail
        if not piece and not rest and not unpacking.eof:
            raise ModelError("is damaged as a gzip file: it ends too early")
        yield piece
