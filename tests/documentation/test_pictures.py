"""The manual's pictures: screenshots of all pages, small and no others; the session's graph as it is."""

from __future__ import annotations

import re
import zlib
from struct import pack
from xml.etree import ElementTree

from twisted.trial.unittest import SynchronousTestCase

from acs.cwmp.dialogue import table_as_text
from acs.web.console import ROUTES
from acs.web.console.device import TABS
from tests import ROOT

import drawn  # isort: skip
import pictures  # isort: skip

FOLDER = ROOT / "docs/screenshots"
SHOWN = re.findall(r"^ *\.\. image:: screenshots/(\S+)$", (ROOT / "docs/console.rst").read_text(), re.M)
SVG = "{http://www.w3.org/2000/svg}"
RED, BLUE = b"\xff\x00\x00", b"\x00\x00\xff"


class PagesTests(SynchronousTestCase):
    """What a page of the console is called among the pictures is the last word of its path, in the singular
    for one of many."""

    ONES = {"categories": "category"}

    def names(self) -> set[str]:
        found = {self.name(route.pattern) for route in ROUTES if not route.pattern.startswith("/static/")}
        return (found - {"device"}) | {f"device-{tab}" for tab, _ in TABS}

    def name(self, pattern: str) -> str:
        first, *rest = pattern.strip("/").split("/")
        if not rest or not rest[0].startswith("{"):
            return "-".join((first, *rest)) or "overview"
        return self.ONES.get(first, first.removesuffix("s"))

    def test_every_page_of_the_console_and_every_tab_of_a_device_is_shown(self) -> None:
        self.assertGreater(len(self.names()), 30)
        self.assertEqual(set(), self.names() - {name.removesuffix(".png") for name in SHOWN})


class FolderTests(SynchronousTestCase):
    def test_those_that_are_shown_are_there_and_no_others(self) -> None:
        self.assertGreater(len(SHOWN), 20)
        self.assertEqual(sorted(SHOWN), sorted(path.name for path in FOLDER.iterdir()))

    def test_they_are_small_together(self) -> None:
        self.assertLess(sum(path.stat().st_size for path in FOLDER.iterdir()), 2_000_000)


class DrawnTests(SynchronousTestCase):
    """``docs/dialogue.svg`` is made by ``make diagrams``."""

    def test_it_is_drawn_of_that_very_graph(self) -> None:
        svg = (ROOT / "docs/dialogue.svg").read_text()
        self.assertTrue(svg.startswith(drawn.mark((ROOT / "docs/dialogue.dot").read_bytes()) + "\n"))

    def test_it_shows_each_state_and_what_is_said_to_whoever_and_on_whatever_screen(self) -> None:
        svg = ElementTree.parse(ROOT / "docs/dialogue.svg").getroot()
        self.assertEqual("img", svg.get("role"))
        self.assertTrue(svg.findtext(f"{SVG}title"))
        self.assertIn("prefers-color-scheme: dark", svg.findtext(f"{SVG}style") or "")
        steps = [[cell.strip(" *") for cell in line.split("|")] for line in table_as_text().splitlines()]
        wanted = {word for state, who, what, then in steps for word in (state, then, f"{who}: {what}")}
        self.assertEqual(wanted, {each.text for each in svg.iter(f"{SVG}text")})


class ShrinkingTests(SynchronousTestCase):
    def picture(self, rows: bytes, width: int, colour: int = 2, interlaced: int = 0) -> bytes:
        height = 2
        head = pack(">IIBBBBB", width, height, 8, colour, 0, 0, interlaced)
        packed = zlib.compress(rows)
        parts = ((b"IHDR", head), (b"IDAT", packed[:5]), (b"IDAT", packed[5:]), (b"IEND", b""))
        return pictures._SIGNATURE + b"".join(pictures._chunk(*part) for part in parts)

    def pixels(self, small: bytes, width: int) -> list[bytes]:
        chunks = dict(pictures._joined(small))
        palette, data = chunks[b"PLTE"], zlib.decompress(chunks[b"IDAT"])
        places = b"".join(data[start + 1 : start + 1 + width] for start in range(0, len(data), width + 1))
        return [palette[3 * place : 3 * place + 3] for place in places]

    def test_each_pixel_keeps_its_colour_whatever_filter_it_was_written_with(self) -> None:
        for how in range(5):
            # The second row is written as no difference to what the filter guesses.
            rows = b"\0" + RED + BLUE + bytes((how,)) + bytes(6)
            expected = {
                0: [bytes(3), bytes(3)],
                1: [bytes(3), bytes(3)],
                2: [RED, BLUE],
                3: [b"\x7f\x00\x00", b"\x3f\x00\x7f"],
                4: [RED, BLUE],
            }[how]
            found = self.pixels(pictures.shrunk(self.picture(rows, 2)), 2)
            self.assertEqual([RED, BLUE, *expected], found, how)

    def test_alpha_is_passed_over(self) -> None:
        rows = (b"\0" + RED + b"\xff") * 2
        self.assertEqual([RED, RED], self.pixels(pictures.shrunk(self.picture(rows, 1, colour=6)), 1))

    def test_of_many_colours_the_most_frequent_stay_and_the_others_become_the_nearest(self) -> None:
        colours = [bytes((0, place, 0)) for place in range(256)]
        rare = b"\x01\xff\x00"
        row = b"".join(colours) + rare
        found = self.pixels(
            pictures.shrunk(self.picture((b"\0" + row + b"\0" + b"".join(colours) + colours[0]), 257)), 257
        )
        self.assertEqual(colours, found[:256])
        self.assertEqual(b"\x00\xff\x00", found[256])

    def test_what_is_no_such_picture_is_refused(self) -> None:
        for wrong in (
            b"GIF89a",
            self.picture(bytes(8), 1, colour=3),
            self.picture(bytes(8), 1, interlaced=1),
        ):
            self.assertRaises(ValueError, pictures.shrunk, wrong)
