"""Makes a test of a session that was recorded.

Usage: ``python -m tests.support.new_recording FOLDER NAME``, where FOLDER is what ``acsctl session export``
wrote, and NAME what the test is to be called, such as ``acme_box_drops_second_rpc``.  FOLDER is copied to
``tests/recorded/NAME``, and ``tests/recorded/test_NAME.py`` is written, which plays it
(`tests.support.recording`).
"""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path
from textwrap import fill

from tests import ROOT
from tests.support.recording import Recording

RECORDED = ROOT / "tests/recorded"
_TEST = '''"""{title}"""

from __future__ import annotations

from tests.support.recording import RecordedCase


class {name}Tests(RecordedCase):
    """{asked}"""

    recorded = "{folder}"

    async def test_its_session_goes_to_its_end(self) -> None:
        seen = await self.replay()  # with the names of quirks that it is to have
        self.assertEqual((), seen.unanswered)
        self.assertEqual("success", seen.session.result, seen.session.failure)
        self.assertEqual((), seen.session.quirks)
        self.assertEqual((), seen.notes)
'''


def make(folder: Path, name: str, where: Path = RECORDED) -> Path:
    """Copy the folder and write its test; returns the test's file.

    Raises `ValueError` where the folder has no session, or the name is none, or taken.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise ValueError(f"{name!r} is no name for a test: small letters, digits and _")
    recording = Recording.of(folder)
    test = where / f"test_{name}.py"
    if test.exists() or (where / name).exists():
        raise ValueError(f"there is {name} already")
    shutil.copytree(folder, where / name)
    test.write_text(_written(recording, name, where))
    return test


def _written(recording: Recording, name: str, where: Path) -> str:
    device = recording.inform.DeviceId
    version = next(
        (each.Value for each in recording.inform.ParameterList if each.Name.endswith(".SoftwareVersion")), ""
    )
    asked = ", ".join(recording.answers) or "nothing"
    title = " ".join(
        each for each in ("A", device.Manufacturer, device.ProductClass, version, "as it called.") if each
    )
    return _TEST.format(
        title=re.sub(r'[\\"\x00-\x1f]', "", title)[:100],
        name="".join(word.capitalize() for word in name.split("_")),
        asked=fill(f"In the recording it was asked: {asked}.", 100, subsequent_indent="    "),
        folder=(where / name).relative_to(ROOT) if where.is_relative_to(ROOT) else where / name,
    )


def main() -> int:
    """Do it; says why not."""
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        print(make(Path(sys.argv[1]), sys.argv[2]))
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
