"""What is installed: the wheel has everything that runs, and twistd finds the plugin."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from acs import __version__
from tests import ROOT

BUILD = ("acs", "twisted", "setup.cfg", "pyproject.toml", "README.rst", "LICENSE")
"""What a wheel is made of."""

MADE_BY_RUNNING = shutil.ignore_patterns("__pycache__", "dropin.cache")

TWISTD = [sys.executable, "-c", "from twisted.scripts.twistd import run; run()"]


def run(command: list[str], folder: Path, **environment: str) -> str:
    """What a command says on both outputs; fails the test with it where the command fails."""
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise AssertionError(f"{command} failed:\n{done.stdout}")
    return done.stdout


def copy_source(folder: Path) -> None:
    """Copy what a wheel is made of, so that the build leaves nothing in the working tree."""
    for name in BUILD:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=MADE_BY_RUNNING)
        else:
            shutil.copy(ROOT / name, folder / name)


class WheelTests(SynchronousTestCase):
    """A wheel, built once and without the network, by the setuptools that the test extras name."""

    wheel: Path | None = None

    def setUp(self) -> None:
        type(self).wheel = self.wheel or self.build()
        self.archive = zipfile.ZipFile(str(self.wheel))
        self.addCleanup(self.archive.close)
        self.names = set(self.archive.namelist())

    def build(self) -> Path:
        """The wheel of a copy of the working tree."""
        folder = Path(self.mktemp()).absolute()
        folder.mkdir()
        copy_source(folder)
        pip = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation"]
        run([*pip, "--wheel-dir", "wheels", "."], folder)
        [wheel] = folder.glob("wheels/*.whl")
        return wheel

    def test_every_module_and_every_file_of_data_is_in_the_wheel(self) -> None:
        paths = [path for path in (ROOT / "acs").rglob("*") if path.is_file()]
        source = {str(path.relative_to(ROOT)) for path in paths if "__pycache__" not in path.parts}
        self.assertIn("acs/py.typed", source)
        self.assertEqual(set(), source - self.names)

    def test_the_plugin_is_in_the_wheel_and_makes_no_package_of_twisted(self) -> None:
        plugins = {name for name in self.names if name.startswith("twisted/")}
        self.assertEqual({"twisted/plugins/acs_plugin.py"}, plugins)

    def test_nothing_but_the_program_is_in_the_wheel(self) -> None:
        tops = {name.split("/")[0] for name in self.names}
        self.assertEqual({"acs", "twisted", f"acs-{__version__}.dist-info"}, tops)

    def test_the_wheel_installs_the_command_line_tool(self) -> None:
        scripts = self.archive.read(f"acs-{__version__}.dist-info/entry_points.txt").decode()
        self.assertIn("acsctl = acs.ctl:main", scripts)

    def test_both_commands_run_out_of_an_unpacked_wheel(self) -> None:
        folder = Path(self.mktemp()).absolute()
        self.archive.extractall(folder)
        said = run([*TWISTD, "acs", "--help"], folder, PYTHONPATH=str(folder))
        self.assertIn("--config=", said)
        run([sys.executable, "-c", "from acs.ctl import main; assert callable(main)"], folder)


class PluginTests(SynchronousTestCase):
    def test_twistd_lists_the_command(self) -> None:
        said = run([*TWISTD, "--help"], Path.cwd(), PYTHONPATH=str(ROOT))
        self.assertRegex(said, r"\n +acs +TR-069 auto-configuration server\n")

    def test_twistd_lists_the_command_even_where_the_service_is_broken(self) -> None:
        folder = Path(self.mktemp()).absolute()
        (folder / "acs").mkdir(parents=True)
        (folder / "acs" / "__init__.py").touch()
        (folder / "acs" / "service.py").write_text("raise RuntimeError('broken')\n")
        shutil.copytree(ROOT / "twisted", folder / "twisted", ignore=MADE_BY_RUNNING)
        said = run([*TWISTD, "--help"], folder, PYTHONPATH=str(folder))
        self.assertRegex(said, r"\n +acs +TR-069 auto-configuration server\n")
