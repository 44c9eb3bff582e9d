"""Which image is for which device."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from acs.firmware.beneath import Signature
from acs.firmware.contents import Contents
from acs.firmware.described import describe
from acs.firmware.scanning import Scan

SIGNATURE = Signature(8, 1, 1, 1)


class ContentsCase(SynchronousTestCase):
    def contents(self, *paths: str, digest: str = "ab", **said: str) -> Contents:
        """The contents of a folder; ``said`` are descriptions by the version of their folder."""
        described = {
            path[: path.rfind("/") + 1]: (SIGNATURE, describe(said[version].encode()))
            for path in paths
            if (version := path.split("/")[-2]) in said
        }
        scan = Scan(dict.fromkeys(sorted(paths), SIGNATURE), described)
        return Contents(scan, lambda path, signature: digest)

    def found(self, contents: Contents, version: str, product_class: str = "B", **who: str) -> str | None:
        """The path of the image for a device."""
        image = contents.for_device(
            who.get("manufacturer", "A"), who.get("oui", "001CA8"), product_class, version
        )
        return image and image.path


class DeviceTests(ContentsCase):
    def test_it_is_found_by_manufacturer_class_and_version_exactly(self) -> None:
        contents = self.contents("A/B/1/x", "A/B/2/x", "A/C/1/x", "D/B/3/x")
        self.assertEqual("A/B/1/x", self.found(contents, "1"))
        self.assertEqual("A/C/1/x", self.found(contents, "1", "C"))
        for version, product_class in (("3", "B"), ("1", "b"), ("1", ""), ("", "B"), ("1.0", "B")):
            self.assertIsNone(self.found(contents, version, product_class))
        self.assertIsNone(self.found(contents, "1", manufacturer="a"))

    def test_or_by_oui_in_upper_or_lower_case(self) -> None:
        for folder in ("001CA8", "001ca8"):
            for oui in ("001CA8", "001ca8"):
                self.assertEqual(
                    f"{folder}/B/1/x", self.found(self.contents(f"{folder}/B/1/x"), "1", oui=oui)
                )

    def test_the_manufacturers_comes_before_the_ouis(self) -> None:
        self.assertEqual("A/B/1/x", self.found(self.contents("001CA8/B/1/x", "A/B/1/x"), "1"))

    def test_a_manufacturer_that_looks_like_an_oui_is_one_all_the_same(self) -> None:
        self.assertEqual(
            "Facade/B/1/x", self.found(self.contents("Facade/B/1/x"), "1", manufacturer="Facade")
        )
        contents = self.contents("Z/Z/1/x", **{"1": 'models = ["Facade/B"]'})
        self.assertEqual("Z/Z/1/x", self.found(contents, "1", manufacturer="Facade"))

    def test_names_with_slashes_are_encoded(self) -> None:
        contents = self.contents("A%2FB/C%2fD/1/x")
        self.assertEqual("A%2FB/C%2fD/1/x", self.found(contents, "1", "C/D", manufacturer="A/B"))

    def test_the_version_that_a_device_reports_is_as_good_as_the_folders_name(self) -> None:
        contents = self.contents("A/B/1/x", **{"1": 'reported = "V1"'})
        self.assertEqual(["A/B/1/x"] * 2, [self.found(contents, "1"), self.found(contents, "V1")])
        self.assertEqual("V1", contents.entries["A/B/1/x"].image.reported)

    def test_a_folders_name_comes_before_what_another_one_reports(self) -> None:
        contents = self.contents("A/B/1/x", "A/B/2/x", **{"1": 'reported = "2"'})
        self.assertEqual("A/B/2/x", self.found(contents, "2"))
        self.assertEqual((), contents.entries["A/B/1/x"].problems)

    def test_an_image_may_be_for_further_models(self) -> None:
        contents = self.contents("Z/Z/1/x", **{"1": 'models = ["A/B", "001ca8/C", "E/"]\nreported = "V1"'})
        for version in ("1", "V1"):
            self.assertEqual("Z/Z/1/x", self.found(contents, version))
            self.assertEqual("Z/Z/1/x", self.found(contents, version, "C"))
            self.assertEqual("Z/Z/1/x", self.found(contents, version, "", manufacturer="E"))
        self.assertIsNone(self.found(contents, "1", "D"))

    def test_a_models_own_folder_comes_before_that(self) -> None:
        contents = self.contents("Z/Z/1/x", "A/B/1/x", **{"1": 'models = ["A/B"]'})
        self.assertEqual("A/B/1/x", self.found(contents, "1"))

    def test_none_is_given_before_its_checksum_is_known(self) -> None:
        contents = self.contents("A/B/1/x", digest="")
        self.assertIsNone(self.found(contents, "1"))
        self.assertEqual(["A/B/1/x"], contents.missing)
        contents.set_digest("A/B/1/x", "cd")
        self.assertEqual("A/B/1/x", self.found(contents, "1"))

    def test_configurations_and_web_content_are_no_firmware(self) -> None:
        contents = self.contents(
            "config/B/1/x", "A/B/1/x", **{"1": 'file_type = "3 Vendor Configuration File"'}
        )
        self.assertIsNone(self.found(contents, "1"))
        self.assertIsNone(self.found(contents, "1", manufacturer="config"))


class ProblemTests(ContentsCase):
    def test_two_in_one_folder_are_had_by_path_alone(self) -> None:
        contents = self.contents("A/B/1/x", "A/B/1/y")
        self.assertIsNone(self.found(contents, "1"))
        self.assertEqual(["A/B/1/x", "A/B/1/y"], [image.path for image in contents.images()])
        self.assertEqual(
            ("another file is in the folder of this version",), contents.entries["A/B/1/x"].problems
        )

    def test_what_is_said_beside_several_holds_for_none(self) -> None:
        contents = self.contents("A/B/1/x", "A/B/1/y", **{"1": 'notes = "n"'})
        self.assertIn("holds for none", contents.entries["A/B/1/x"].problems[1])
        self.assertEqual("", contents.entries["A/B/1/x"].image.notes)

    def test_what_is_said_wrongly_withholds_the_image(self) -> None:
        contents = self.contents("A/B/1/x", **{"1": "colour = 1"})
        self.assertIsNone(self.found(contents, "1"))
        self.assertIsNone(contents.image("A/B/1/x"))
        self.assertEqual((), contents.images())
        self.assertIn("image.toml colour: unknown key", contents.entries["A/B/1/x"].problems[0])

    def test_two_that_are_said_to_be_the_same_are_given_to_nobody(self) -> None:
        contents = self.contents(
            "Y/Y/1/x",
            "Z/Z/2/x",
            **{"1": 'models = ["A/B"]\nreported = "V"', "2": 'models = ["A/B"]\nreported = "V"'},
        )
        self.assertIsNone(self.found(contents, "V"))
        self.assertEqual(("Z/Z/2/x is version V of A/B as well",), contents.entries["Y/Y/1/x"].problems)

    def test_a_file_may_stand_beside_others_where_no_version_is(self) -> None:
        contents = self.contents("config/x", "config/y")
        self.assertEqual(((), ()), tuple(entry.problems for entry in contents.entries.values()))
