"""Asks which of the libraries that the program needs have weaknesses, as the advisories of PyPI have them.

``python packaging/audit.py PIP-AUDIT`` looks at what is installed beside the program.  It fails where there
is a weakness; where nobody can be asked, as behind a mirror that has packages alone, it says so and does not.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

Asked = Callable[[list[str]], "list[dict[str, Any]] | None"]
"""What is told of requirements (``name==version``): an object for each; None where nobody answers."""


def shipped(name: str = "acs") -> dict[str, str]:
    """The versions of all that a distribution needs to run, by name, itself left out."""
    found: dict[str, str] = {}
    waiting = list(needs(distribution(name)))
    while waiting:
        name = waiting.pop()
        try:
            there = distribution(name)
        except PackageNotFoundError:  # for another system or Python
            continue
        if there.name not in found:
            found[there.name] = there.version
            waiting += needs(there)
    return found


def needs(of: Distribution) -> list[str]:
    """The names that it asks for, but for its extras."""
    lines = [line for line in of.requires or () if "extra ==" not in line]
    return [match[0] for line in lines if (match := re.match(r"[A-Za-z0-9._-]+", line))]


def asking(program: str) -> Asked:
    """Asks by pip-audit."""

    def ask(requirements: list[str]) -> list[dict[str, Any]] | None:
        with tempfile.TemporaryDirectory() as folder:
            given, told = Path(folder, "requirements.txt"), Path(folder, "told.json")
            given.write_text("\n".join(requirements))
            how = [
                "--no-deps",
                "--disable-pip",
                "--progress-spinner=off",
                "--format=json",
                f"--output={told}",
            ]
            try:
                subprocess.run([program, *how, f"--requirement={given}"], capture_output=True, check=False)
            except FileNotFoundError:
                return None
            if not told.exists():
                return None
            answer: list[dict[str, Any]] = json.loads(told.read_text())["dependencies"]
            return answer

    return ask


def audit(versions: dict[str, str], ask: Asked) -> tuple[int, list[str]]:
    """The exit status, with what there is to say."""
    told = ask([f"{name}=={version}" for name, version in sorted(versions.items())])
    asked = [each for each in told or () if "vulns" in each]
    if not asked:
        return 0, ["not audited: PyPI's advisories cannot be had from here"]
    weak = [weakness(each, found) for each in asked for found in each["vulns"]]
    known = f"{len(asked)} of {len(versions)} libraries audited, {len(weak)} weaknesses known"
    return (1 if weak else 0), [*weak, known]


def weakness(library: dict[str, Any], found: dict[str, Any]) -> str:
    """One of them, as a line."""
    mended = ", ".join(found["fix_versions"]) or "no version"
    return f"{library['name']} {library['version']}: {found['id']}, mended in {mended}"


def main(program: str) -> int:
    """Ask, and print what is told."""
    status, lines = audit(shipped(), asking(program))
    print("\n".join(lines))
    return status


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
