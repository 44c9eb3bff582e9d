"""The house keeps its shape: imports go down only, the core does no I/O, files and functions stay small.

The rules are checked on the source, parsed and not imported.  An import counts wherever it stands: in a
function or under TYPE_CHECKING too.
"""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from statistics import median

from twisted.trial.unittest import SynchronousTestCase

from tests import ROOT

LAYERS = {
    "cwmp": 0,
    "hypertext": 1,
    "xmpp": 1,
    "configuration": 1,
    "quirks": 1,
    "hooks": 2,
    "firmware": 2,
    "store": 2,
    "session": 3,
    "alarms": 3,
    "operator_side": 4,
    "web": 4,
    "http": 4,
    "tftp": 4,
    "wake": 4,
    "simulate": 4,
    "wake_side": 5,
    "nbi_side": 6,
    "people_side": 5,
    "watch_side": 6,
    "files_side": 6,
    "sessions_side": 6,
    "housekeeping": 6,
    "service": 7,
    "ctl": 7,
}
"""A part may import itself and the parts of lower layers."""

ASIDE = {
    "options": {"service"},
    "config": {
        "service",
        "options",
        "ctl",
        "operator_side",
        "people_side",
        "wake_side",
        "sessions_side",
        "files_side",
        "watch_side",
        "nbi_side",
    },
    "toml": {"config"},
    "kinds": {"config", "hooks_table", "nbi_table", "oidc_table", "wake_table"},
    "alarms_table": {"config"},
    "datagrams": {"wake_side", "files_side", "simulate", "tftp", "wake"},
    "hooks_table": {"config"},
    "nbi_table": {"config"},
    "libpq": {"store", "hooks"},
    "tls_table": {"config", "nbi_table"},
    "oidc_table": {"config", "people_side"},
    "wake_table": {"config", "wake_side"},
    "settings": {
        "alarms_table",
        "config",
        "kinds",
        "tls_table",
        "hooks_table",
        "nbi_table",
        "wake_table",
        "oidc_table",
        "toml",
        "service",
        "operator_side",
    },
    "first_words": {"service"},
    "logs": {"options"},
    "memory": {"service", "store"},
    "randomness": {"service", "sessions_side"},
    "recurring": {"service", "housekeeping", "alarms", "http", "wake", "wake_side", "files_side", "web"},
    "reloading": {"service", "options", "http", "web", "operator_side"},
    "state_files": {"service", "ctl"},
    "systemd": {"service", "first_words"},
    "workers": {"service", "config"},
}
"""Parts beside the layers, and the only ones that may import them: nothing else is to know of them."""

ASKED = {
    "kinds": {"acs.cwmp.paths", "acs.hooks.interface", "acs.store.places"},
    "hooks_table": {"acs.hooks.queries"},
    "config": {"acs.store.places"},
}
"""Modules of the layers that parts beside them may import: what a value in the configuration has to look like
is theirs to say."""

OUTSIDE_THE_CORE = frozenset(
    """
    asyncio automat concurrent logging multiprocessing os pathlib queue random sched secrets select
    selectors shutil signal socket socketserver sqlite3 ssl subprocess sys tempfile threading time twisted
    txpostgres uuid
    """.split()  # noqa: SIM905 (thirty quoted words are harder to read)
)
"""Modules by which bytes, time or chance could come into the core other than as arguments."""

OUTSIDE_CALLS = frozenset({"now", "utcnow", "today", "open", "print", "input"})
"""Calls that would do the same without an import of those modules."""

MEANINGLESS_FILES = frozenset({"utils", "util", "helpers", "helper", "common", "misc"})
MEANINGLESS_CLASSES = ("Manager", "Handler", "Helper")

LONGEST_FILE = 400
LONGEST_FUNCTION = 40
MEDIAN_FUNCTION = 12

LONG_FILES: dict[str, str] = {
    "acs/cwmp/messages.py": "every RPC in one table, as in Annex A",
}
"""Files that may be longer, by path below the root, each with the reason."""

LATE = {
    ("acs.service", "twisted.internet"): "twistd installs the reactor that was asked for before",
    ("acs.store.building", "acs.store.postgresql.database"): "where the store is a server's: psycopg2, 5 MB",
    ("acs.store.places", "psycopg2"): "likewise",
    ("acs.store.places", "psycopg2.extensions"): "likewise",
    ("acs.hooks.building", "acs.hooks.postgresql"): "where a database is asked: psycopg2",
    ("acs.wake_side", "acs.wake.on_xmpp"): "where devices have an XMPP server: twisted.words, 1 MB",
    ("acs.nbi_side", "acs.web.nbi.site"): "where it is wanted: 1 MB",
    ("acs.service", "acs.web.site"): "in the process that people meet: API and console, 4 MB",
    ("acs.web.site", "acs.web.oidc.coming"): "where there is an identity provider: PyJWT, half a MB",
    (
        "acs.web.telling.metrics",
        "acs.web.telling.exposition",
    ): "once somebody asks: a web server, 0.7 MB, 10 ms",
    ("acs.web.qr", "segno"): "once somebody wants a second factor: 0.3 MB, 5 ms",
}
"""What is imported within functions, by whom, with the reason: an idle appliance holds what it has use for.

What the configuration asks for is imported when the appliance starts; what somebody may ask for has the
reactor wait, so that it has to be small.  `acs.ctl` does likewise with its commands (`acs.ctl.later`).
"""

Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def modules() -> dict[str, ast.Module]:
    """Every module under acs/, parsed, by its dotted name."""
    return {name_of(path): ast.parse(path.read_bytes(), str(path)) for path in sources()}


def sources() -> list[Path]:
    """Every Python file under acs/."""
    return sorted((ROOT / "acs").rglob("*.py"))


def name_of(path: Path) -> str:
    """The dotted name under which a file is imported."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def part_of(module: str) -> str:
    """The part of the house that a module is in: `store` for `acs.store.sqlite`, nothing for `acs` itself."""
    return (module.split(".") + [""])[1]


def imported(module: str) -> Iterator[str]:
    """The modules that a module imports, by their absolute dotted names."""
    for node in ast.walk(modules()[module]):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = absolute(module, node)
            for alias in node.names:
                inner = f"{base}.{alias.name}"
                yield inner if inner in modules() else base


def absolute(module: str, node: ast.ImportFrom) -> str:
    """What stands between `from` and `import`, with the dots of a relative import resolved."""
    if not node.level:
        return node.module or ""
    is_package = any(name.startswith(module + ".") for name in modules())
    package = module.split(".") if is_package else module.split(".")[:-1]
    return ".".join(package[: len(package) - node.level + 1] + ([node.module] if node.module else []))


def ours(module: str) -> set[str]:
    """The modules of our own that a module imports."""
    return {name for name in imported(module) if name.split(".")[0] == "acs"} - {module}


def late() -> Iterator[tuple[str, str]]:
    """Each import within a function: the module in which it stands, the one that is named."""
    for module, tree in modules().items():
        for function in ast.walk(tree):
            for node in ast.walk(function) if isinstance(function, Function) else ():
                if isinstance(node, ast.ImportFrom):
                    yield module, absolute(module, node)
                elif isinstance(node, ast.Import):
                    yield from ((module, alias.name) for alias in node.names)


def called(node: ast.Call) -> str:
    """The last name of what is called: `now` in `datetime.now()`."""
    return str(getattr(node.func, "attr", getattr(node.func, "id", "")))


def functions() -> Iterator[tuple[int, str]]:
    """Every function under acs/: its lines, from `def` to its end, and where it is."""
    for module, tree in modules().items():
        for node in ast.walk(tree):
            if isinstance(node, Function):
                yield (node.end_lineno or 0) - node.lineno + 1, f"{module}:{node.lineno} {node.name}"


class LayerTests(SynchronousTestCase):
    def test_every_part_has_its_place(self) -> None:
        self.assertEqual(set(), {part_of(name) for name in modules()} - {"", *LAYERS, *ASIDE})

    def test_imports_go_down_only(self) -> None:
        upward = [
            f"{module} imports {name}"
            for module in modules()
            for name in ours(module)
            if name not in ASKED.get(part_of(module), ()) and not self.allowed(part_of(module), part_of(name))
        ]
        self.assertEqual([], upward)

    def allowed(self, importer: str, part: str) -> bool:
        """Whether a module of one part may import one of another."""
        if part in ("", importer):
            return True
        if part in ASIDE:
            return importer in ASIDE[part]
        return importer in LAYERS and LAYERS[part] < LAYERS[importer]

    def test_no_modules_import_each_other_in_a_circle(self) -> None:
        graph = TopologicalSorter({module: ours(module) for module in modules()})
        try:
            graph.prepare()
        except CycleError as error:
            self.fail(" imports ".join(reversed(error.args[1])))


class LateTests(SynchronousTestCase):
    def test_what_is_imported_within_functions_has_its_reason(self) -> None:
        self.assertEqual(set(LATE), set(late()))

    def test_an_appliance_on_its_defaults_does_without_it(self) -> None:
        script = (
            "import sys; from twisted.internet import reactor; from acs.config import load;"
            "from acs.service import Appliance; Appliance(load(None), reactor);"
            "print(*sys.modules)"
        )
        folder = Path(self.mktemp())
        folder.mkdir()
        done = subprocess.run(
            [sys.executable, "-c", script],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
        )
        unwanted = {"psycopg2", "txpostgres", "twisted.words", "jwt", "prometheus_client", "segno"}
        unwanted |= {name for _, name in LATE if name.startswith("acs.")}
        self.assertEqual(set(), unwanted & set(done.stdout.split()))


PURE = frozenset(f"acs.tftp.{name}" for name in ("codec", "names", "options", "timing", "transfer"))
"""Modules that are as pure as the core, in parts that are not."""


class CoreTests(SynchronousTestCase):
    """acs/cwmp is bytes in, bytes out; acs/configuration is no less pure, nor is TFTP's protocol."""

    def core(self) -> list[str]:
        """The modules of the protocol core, with those that work on its values alone."""
        return [module for module in modules() if part_of(module) in ("cwmp", "configuration")] + sorted(PURE)

    def test_the_core_is_there(self) -> None:
        self.assertIn("acs.cwmp", self.core())
        self.assertIn("acs.configuration", self.core())

    def test_the_core_imports_nothing_that_does_input_or_output(self) -> None:
        found = [
            f"{module} imports {name}"
            for module in self.core()
            for name in imported(module)
            if name.split(".")[0] in OUTSIDE_THE_CORE
        ]
        self.assertEqual([], found)

    def test_the_core_asks_neither_the_clock_nor_the_disk(self) -> None:
        found = [
            f"{module}:{node.lineno} calls {called(node)}"
            for module in self.core()
            for node in ast.walk(modules()[module])
            if isinstance(node, ast.Call) and called(node) in OUTSIDE_CALLS
        ]
        self.assertEqual([], found)

    def test_nothing_in_the_core_is_asynchronous(self) -> None:
        kinds = (ast.AsyncFunctionDef, ast.Await, ast.AsyncFor, ast.AsyncWith)
        found = [
            f"{module}:{node.lineno}"
            for module in self.core()
            for node in ast.walk(modules()[module])
            if isinstance(node, kinds)
        ]
        self.assertEqual([], found)


class ShapeTests(SynchronousTestCase):
    def test_every_module_says_what_it_is_for(self) -> None:
        self.assertEqual([], [name for name, tree in modules().items() if not ast.get_docstring(tree)])

    def test_what_that_is_takes_one_sentence_without_an_and(self) -> None:
        """Whatever else there is to say stands in further paragraphs."""
        found = {}
        for name, tree in modules().items():
            first = re.split(r"\n\s*\n", ast.get_docstring(tree) or "")[0]
            if re.search(r"\band\b|[;&]|[.!?]\s+[A-Z`\"]", first) or not first.endswith("."):
                found[name] = first
        self.assertEqual({}, found)

    def test_no_file_has_a_name_that_says_nothing(self) -> None:
        self.assertEqual([], [str(path) for path in sources() if path.stem in MEANINGLESS_FILES])

    def test_no_class_has_a_name_that_says_nothing(self) -> None:
        found = [
            f"{module}:{node.lineno} {node.name}"
            for module, tree in modules().items()
            for node in ast.walk(tree)
            if isinstance(node, ast.ClassDef) and node.name.endswith(MEANINGLESS_CLASSES)
        ]
        self.assertEqual([], found)

    def test_files_are_short(self) -> None:
        long = {str(path.relative_to(ROOT)): len(path.read_bytes().splitlines()) for path in sources()}
        long = {path: lines for path, lines in long.items() if lines > LONGEST_FILE}
        self.assertEqual({}, {path: lines for path, lines in long.items() if path not in LONG_FILES})
        self.assertEqual(set(), set(LONG_FILES) - set(long), "these are short now: take them off the list")

    def test_no_function_is_long(self) -> None:
        longest = sorted(functions(), reverse=True)[:5]
        self.assertLessEqual(longest[0][0], LONGEST_FUNCTION, longest)

    def test_functions_are_short_as_a_rule(self) -> None:
        self.assertLess(median(length for length, _ in functions()), MEDIAN_FUNCTION)
