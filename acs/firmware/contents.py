"""What the folder has at one moment, found by path or by device."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from acs.firmware.beneath import Signature
from acs.firmware.described import Description
from acs.firmware.image import Image
from acs.firmware.names import DESCRIPTION, is_oui, place_of
from acs.firmware.scanning import Scan

_NOTHING = Description()
_RUN = ("1", "6", "X")
"""How the types of files begin that a device may run: the standard's two, and vendors' own."""

Claim = tuple[str, str, str]
"""Whose firmware an image is: Manufacturer or OUI, ProductClass, version; of a further model
``Manufacturer/ProductClass``, "", version."""


class Entry(Struct, frozen=True, gc=False):
    """A file with what is wrong with it.

    One with problems is given to no device by itself; it can be asked for by its path, unless it is
    ``withheld``.
    """

    image: Image
    problems: tuple[str, ...] = ()
    withheld: bool = False


class Contents:
    """All of it, by a look at the folder; ``digest`` gives what was computed of a file, "" for nothing.

    :ivar signatures: what the files were like.
    :ivar missing: the files of which no digest was known, and is wanted.
    """

    def __init__(self, scan: Scan, digest: Callable[[str, Signature], str]) -> None:
        self.scan = scan
        self.signatures = scan.files
        self._claims: dict[Claim, list[str]] = {}
        self.entries = self._read(digest)
        self.missing = [path for path, entry in self.entries.items() if _is_missing(entry)]
        self._images: Sequence[Image] | None = None

    def _read(self, digest: Callable[[str, Signature], str]) -> dict[str, Entry]:
        together: dict[str, list[str]] = defaultdict(list)
        for path in self.signatures:
            together[_folder(path)].append(path)
        entries = {
            path: self._entry(path, signature, len(together[_folder(path)]), digest(path, signature))
            for path, signature in self.signatures.items()
        }
        self._claims = _claimed(entries)
        for claim, paths in self._claims.items():
            for path in paths if len(paths) > 1 else ():
                others = ", ".join(each for each in paths if each != path)
                entries[path] = _with_problem(entries[path], f"{others} is {_said(claim)} as well")
        return entries

    def _entry(self, path: str, signature: Signature, together: int, digest: str) -> Entry:
        place = place_of(path)
        found = self.scan.described.get(_folder(path), (signature, _NOTHING))[1]
        said = found if together == 1 else _NOTHING
        image = Image(
            path,
            signature.size,
            signature.modified / 1e9,
            said.file_type or place.file_type,
            place.vendor,
            place.product_class,
            place.version,
            said.reported or place.version,
            digest,
            said.target_file_name,
            said.models,
            said.notes,
        )
        problems = []
        if place.misplaced:
            problems.append("it is not in <Manufacturer or OUI>/<ProductClass>/<version>/, config/ or web/")
        elif together > 1 and place.version:
            problems.append("another file is in the folder of this version")
        if together > 1 and found is not _NOTHING:
            problems.append(f"{DESCRIPTION} is beside several files, and holds for none")
        elif said.problem:
            problems.append(f"{DESCRIPTION} {said.problem}")
        return Entry(image, tuple(problems), withheld=bool(said.problem))

    def images(self) -> Sequence[Image]:
        """Those that may be asked for by path, in its order: the same sequence until something changes."""
        if self._images is None:
            self._images = tuple(entry.image for entry in self.entries.values() if not entry.withheld)
        return self._images

    def image(self, path: str) -> Image | None:
        """The file of this path, its digest known; None where there is none that may be had."""
        entry = self.entries.get(path)
        return entry.image if entry is not None and entry.image.sha256 and not entry.withheld else None

    def for_device(self, manufacturer: str, oui: str, product_class: str, version: str) -> Image | None:
        """The one image that is this version for this model; None where there is none or several."""
        for claim in (
            (manufacturer, product_class, version),
            (oui.upper(), product_class, version),
            (f"{manufacturer}/{product_class}", "", version),
            (f"{oui.upper()}/{product_class}", "", version),
        ):
            paths = self._claims.get(claim, ())
            if len(paths) == 1 and not self.entries[paths[0]].problems:
                image = self.entries[paths[0]].image
                return image if image.sha256 else None
            if paths:
                return None
        return None

    def follow(self, before: Contents) -> bool:
        """Whether there is anything else than before; if not, what was made of that serves on."""
        if self.entries != before.entries:
            return True
        self._images = before._images
        return False

    def refuse(self, path: str, problem: str) -> None:
        """A file is not to be had."""
        self.entries[path] = replace(_with_problem(self.entries[path], problem), withheld=True)
        self._images = None

    def set_digest(self, path: str, digest: str) -> None:
        """A digest is known now, or with "" not any more."""
        entry = self.entries[path]
        self.entries[path] = replace(entry, image=replace(entry.image, sha256=digest))
        self._images = None


def _is_missing(entry: Entry) -> bool:
    return not entry.image.sha256 and not entry.withheld


def _folder(path: str) -> str:
    return path[: path.rfind("/") + 1]


def _with_problem(entry: Entry, problem: str) -> Entry:
    return replace(entry, problems=(*entry.problems, problem))


def _claimed(entries: dict[str, Entry]) -> dict[Claim, list[str]]:
    """Which files are meant by a model and a version: those whose folder is called so, before those that the
    device is said to report."""
    named: dict[Claim, list[str]] = defaultdict(list)
    reported: dict[Claim, list[str]] = defaultdict(list)
    for path, entry in entries.items():
        image = entry.image
        if image.version and not entry.problems and image.file_type.split(" ")[0] in _RUN:
            for model in _models(image):
                named[*model, image.version].append(path)
                if image.reported != image.version:
                    reported[*model, image.reported].append(path)
    return {**reported, **named}


def _models(image: Image) -> Iterator[tuple[str, str]]:
    """The models that an image is for; what may be an OUI or a Manufacturer is both."""
    yield from dict.fromkeys((vendor, image.product_class) for vendor in _forms(image.vendor))
    for model in dict.fromkeys(image.models):
        if model == f"{image.vendor}/{image.product_class}":
            continue  # its folder says so already, which counts for more
        vendor, _, product_class = model.partition("/")
        yield from ((form, "") for form in dict.fromkeys((model, *_with_class(vendor, product_class))))


def _with_class(vendor: str, product_class: str) -> Iterator[str]:
    return (f"{form}/{product_class}" for form in _forms(vendor))


def _forms(vendor: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((vendor, vendor.upper()))) if is_oui(vendor) else (vendor,)


def _said(claim: Claim) -> str:
    return f"version {claim[2]} of {'/'.join(filter(None, claim[:2]))}"
