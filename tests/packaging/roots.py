"""An empty Debian in a folder, with the package installed in it: made once, copied for each test.

It is in memory, and a copy is a layer over it.  Two variables save a developer's time: ACS_DEBIAN_PACKAGE is
a package that is built already, ACS_DEBIAN_ROOT a tar archive of what debootstrap makes.
"""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from tests import ROOT, ProgramMissing, needs_program

ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "LC_ALL": "C.UTF-8",
    "DEBIAN_FRONTEND": "noninteractive",
}
_TOLD = ("Acquire::http", "Acquire::https", "Acquire::Check", "Acquire::Retries")
"""What of this machine's way to its mirror the root has to know too."""


def skip() -> str | None:
    """Why there can be no root here; None where there can."""
    for name in ("debootstrap", "dh", "lintian", "fakeroot", "unshare", "ip"):
        if why := needs_program(name):
            return why
    if os.geteuid() == 0:
        return None
    if os.environ.get("ACS_TESTS_FORBID_SKIPS"):
        raise ProgramMissing("only root can make a Debian, and ACS_TESTS_FORBID_SKIPS is set")
    return "only root can make a Debian in a folder"


def run(command: Sequence[str | Path], **more: object) -> str:
    """What a command says on both outputs; an AssertionError with it where the command fails."""
    done = subprocess.run(
        list(map(str, command)),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        check=False,
        **more,  # type: ignore[call-overload]
    )
    if done.returncode:
        raise AssertionError(f"{command} failed with {done.returncode}:\n{done.stdout}")
    said: str = done.stdout
    return said


class Debian:
    """One in the folder ``path``."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def command(self, *words: str) -> list[str]:
        """A command within it, as one of this machine's."""
        return ["chroot", str(self.path), *words]

    def run(self, *words: str) -> str:
        """What a command within it says; AssertionError where it fails."""
        return run(self.command(*words), env=ENVIRONMENT)

    def tried(self, *words: str) -> tuple[int, str]:
        """How it ends, with what it says."""
        done = subprocess.run(
            self.command(*words),
            env=ENVIRONMENT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout

    def install(self, package: Path, *options: str) -> str:
        """Install one, as an operator would who has it beside him."""
        here = self.path / "root" / package.name
        shutil.copy(package, here)
        try:
            return self.run(
                "apt-get", "install", "-y", "--no-install-recommends", *options, f"/root/{package.name}"
            )
        finally:
            here.unlink()

    def at(self, path: str) -> Path:
        """A path within it, as one of this machine's."""
        return self.path / path.lstrip("/")

    def rights(self, path: str) -> tuple[str, str, int]:
        """Who owns a file there, which group, and what they may."""
        found = self.run("stat", "--format=%U %G %a", path).split()
        return found[0], found[1], int(found[2], 8)

    def show(self, folder: Path, path: str) -> None:
        """Have a folder of this machine's at a path within it; what is changed there is not changed here."""
        self.at(path).mkdir(parents=True)
        _lay(folder, self.path.with_name(f"of-{folder.name}"), self.at(path))

    def copy(self) -> Debian:
        """Another one like it; nobody may change this one any more."""
        changes = _memory()
        (changes / "root").mkdir()
        _lay(self.path, changes, changes / "root")
        return Debian(changes / "root")

    def remove(self) -> None:
        """Away with it."""
        run(["umount", "--recursive", self.path.parent])


def _lay(below: Path, changes: Path, place: Path) -> None:
    """Have a folder at another place, with what is changed there in a third."""
    layers = {"lowerdir": below}
    for name in ("upperdir", "workdir"):
        layers[name] = changes / name
        layers[name].mkdir(parents=True)
    options = ",".join(f"{name}={path}" for name, path in layers.items())
    run(["mount", "-t", "overlay", "-o", options, "overlay", place])


def temporary() -> Path:
    """A folder for as long as the tests run."""
    path = Path(tempfile.mkdtemp(prefix="acs-debian-"))
    path.chmod(0o755)
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    return path


def _memory() -> Path:
    """A folder in memory, where programs and devices may be."""
    path = temporary()
    run(["mount", "-t", "tmpfs", "-o", "mode=755", "acs-tests", path])
    atexit.register(subprocess.run, ["umount", "--recursive", "--quiet", path], check=False)
    return path


@cache
def _building() -> tuple[subprocess.Popen[str], Path]:
    folder = temporary()
    command = [str(ROOT / "packaging" / "build-deb"), "--output", str(folder)]
    building = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return building, folder


@cache
def package() -> Path:
    """The package of these sources."""
    if made := os.environ.get("ACS_DEBIAN_PACKAGE"):
        return Path(made)
    building, folder = _building()
    said, _ = building.communicate()
    if building.returncode:
        raise AssertionError(f"build-deb failed:\n{said}")
    [built] = folder.glob("*.deb")
    return built


def empty(release: str = "") -> Debian:
    """One with nothing in it but what every Debian has, of the release that this machine is of or another."""
    path = _memory()
    if not release and (kept := os.environ.get("ACS_DEBIAN_ROOT")):
        run(["tar", "-C", path, "-xf", kept])
    else:
        mirror, ours = _mirror()
        run(["debootstrap", "--variant=minbase", release or ours, path, mirror])
    dumped = run(["apt-config", "dump"]).splitlines()
    told = [line for line in dumped if line.startswith(_TOLD)]
    (path / "etc" / "apt" / "apt.conf.d" / "99as-outside").write_text("\n".join(told) + "\n")
    Debian(path).run("apt-get", "update")
    return Debian(path)


def _mirror() -> tuple[str, str]:
    """Where this machine has its Debian from, and which."""
    form = "$(ORIGIN) $(COMPONENT) $(CODENAME) $(REPO_URI)"
    known = run(["apt-get", "indextargets", "--format", form, "Created-By: Packages"])
    release = Path("/etc/os-release").read_text()
    for line in known.splitlines():
        origin, part, name, url = line.split(" ", 3)
        if (origin, part) == ("Debian", "main") and f"VERSION_CODENAME={name}\n" in release:
            return url, name
    raise AssertionError(f"apt knows no mirror of this machine's Debian:\n{known}")


@cache
def installed() -> Debian:
    """One with the package in it, which nobody changes: `Debian.copy` it."""
    if not os.environ.get("ACS_DEBIAN_PACKAGE"):
        _building()  # meanwhile the other core is busy too
    found = empty()
    found.install(package())
    return found


@cache
def next_version() -> Path:
    """A package of a version to come: the same, with a step more in the schema of its database."""
    folder = temporary()
    tree = folder / "tree"
    run(["dpkg-deb", "--raw-extract", package(), tree])
    program = tree / "usr" / "lib" / "acs" / "acs"
    schema = program / "store" / "schema" / "sqlite"
    number = 1 + max(int(each.name.split("-")[0]) for each in schema.glob("*.sql"))
    (schema / f"{number:03}-more.sql").write_text("CREATE TABLE more (id INTEGER PRIMARY KEY);\n")
    control = tree / "DEBIAN" / "control"
    lines = control.read_text().splitlines()
    version = f"{version_of(package())}+next"
    lines = [f"Version: {version}" if line.startswith("Version: ") else line for line in lines]
    control.write_text("\n".join(lines) + "\n")
    built = folder / f"acs_{version}.deb"
    run(["dpkg-deb", "-Zgzip", "-z1", "--build", tree, built])
    return built


def version_of(file: Path) -> str:
    """The version of a package."""
    return run(["dpkg-deb", "--field", file, "Version"]).strip()
