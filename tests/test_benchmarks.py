"""What the benchmarks find is collected (that they run at all, `tests.measured` says)."""

from __future__ import annotations

from pathlib import Path
from xml.etree.ElementTree import fromstring

from twisted.trial.unittest import SynchronousTestCase

from benchmarks.__main__ import DOCUMENT, read, run_all
from benchmarks.catalogue import Benchmark
from benchmarks.document import BEGIN, END, Run, about, around, write
from benchmarks.picture import picture
from benchmarks.results import Result, results_in, tell

RATIO = Result("a & b", "something", 0.4, (0.5, 0.3, 0.35))
SPEED = Result("a speed", "nginx", 0.5, (0.4,), at_least=True)
SIZE = Result("a size", "", 4.0, (3.5,), unit="kB")


class ReadingTests(SynchronousTestCase):
    """What is asked for."""

    def test_it_is_all_of_it_where_nothing_else_is_said(self) -> None:
        sizes = [read(words.split()).size for words in ("", "--only tls", "--quick", "--size least")]
        self.assertEqual(["full", "full", "quick", "least"], sizes)


class ResultTests(SynchronousTestCase):
    """The form in which they give what they found."""

    def test_the_median_of_the_rounds_is_held_against_the_goal(self) -> None:
        self.assertEqual((0.35, True), (RATIO.value, RATIO.met))
        self.assertEqual((0.325, 0.425), tuple(round(bound, 9) for bound in RATIO.spread))
        self.assertEqual((0.4, False), (SPEED.value, SPEED.met))

    def test_what_is_told_is_found_among_what_is_told_to_people(self) -> None:
        told: list[str] = []
        self.patch(__import__("builtins"), "print", lambda *words, **_: told.append(" ".join(words)))
        for each in (RATIO, SPEED, SIZE):
            tell(each)
        found = results_in("\n".join(told))
        self.assertEqual(
            [(each.name, each.value, each.met) for each in (RATIO, SPEED, SIZE)],
            [(each.name, each.value, each.met) for each in found],
        )


class CollectionTests(SynchronousTestCase):
    """What becomes of it."""

    def test_the_others_run_where_one_fails(self) -> None:
        broken = Benchmark("broken", "no_such_module", "", "")
        works = Benchmark("works", "understanding", "", "--rounds 1 --parameters 1")
        found = run_all([broken, works], "least")
        self.assertEqual((["broken"], 1), (found.failed, len(found.results)))
        self.assertIn("(broken)", found.as_text())

    def test_the_table_goes_between_the_marks_and_nothing_else_changes(self) -> None:
        document = Path(self.mktemp()).with_suffix(".rst")
        document.write_text(f"Before.\n\n{BEGIN}\n\nold\n\n{END}\n\nBehind.\n")
        for _ in range(2):
            write(document, Run([RATIO, SPEED, SIZE], ["digest"]), about("least"))
        text = document.read_text()
        self.assertTrue(text.startswith(f"Before.\n\n{BEGIN}\n\nMeasured on "))
        self.assertTrue(text.endswith(f"\n\n{END}\n\nBehind.\n"))
        self.assertNotIn("old", text)
        self.assertEqual(1, text.count("at least 0.5"))
        self.assertIn("3.5 kB", text)
        self.assertIn("too few rounds", text)
        self.assertIn(f".. image:: {document.stem}.svg", text)
        fromstring(document.with_suffix(".svg").read_text())

    def test_a_document_without_marks_is_refused(self) -> None:
        document = Path(self.mktemp())
        document.write_text("Nothing.")
        self.assertRaises(ValueError, around, document)
        self.assertTrue(around(DOCUMENT))

    def test_the_picture_has_a_bar_for_each_goal(self) -> None:
        root = fromstring(picture([RATIO, SPEED, SIZE]))
        bars = [each.get("class") for each in root.iter("{http://www.w3.org/2000/svg}rect")]
        self.assertEqual(["met", "missed", "met"], bars)
