"""The reference of ``acsctl``, from what `argparse` reads its command line by."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

from acs.ctl.arguments import _parser
from acs_docs.writing import Lines, code, heading, plain, table

_EVERYWHERE = frozenset({"-h", "-c", "--url", "--token", "--version"})
"""Options that all commands have; said once."""


def write() -> Lines:
    """A section for each group of commands, with one for each command."""
    parser = _parser()
    shared = [each for each in parser._actions if {*each.option_strings} & _EVERYWHERE]
    yield from heading("Everywhere", "-")
    yield from table(("Option", "Meaning"), (30, 70), map(_row, shared))
    alone = []
    for name, summary, inner in _below(parser):
        if _group_of(inner) is None:
            alone.append((name, summary, inner))
            continue
        yield from heading(name, "-", f"acsctl-{name}")
        yield from (_sentence(summary), "")
        for each in _leaves(name, inner):
            yield from _one(*each)
    yield from heading("On their own", "-")
    for each in alone:
        yield from _one(*each)


def _leaves(words: str, parser: argparse.ArgumentParser) -> Iterator[tuple[str, str, Any]]:
    for name, summary, inner in _below(parser):
        said = f"{words} {name}"
        yield from [(said, summary, inner)] if _group_of(inner) is None else _leaves(said, inner)


def _one(words: str, summary: str, parser: argparse.ArgumentParser) -> Lines:
    yield from heading(f"acsctl {words}", "~", f"acsctl-{words.replace(' ', '-')}")
    yield from (_sentence(summary), "")
    own = [each for each in parser._actions if not {*each.option_strings} & _EVERYWHERE]
    yield from table(("Argument", "Meaning"), (35, 70), map(_row, own))


def _sentence(summary: str) -> str:
    return f"{plain(summary[:1].upper() + summary[1:])}."


def _row(action: argparse.Action) -> tuple[str, str]:
    named = action.metavar if isinstance(action.metavar, str) else action.dest.upper()
    value = "" if action.nargs == 0 else _value(action, named)
    said = ", ".join(code(f"{each} {value}".strip()) for each in action.option_strings) or code(value)
    meaning = plain((action.help or "").replace("%(default)s", str(action.default)).replace("%%", "%"))
    return said, f"{meaning} (needed)".strip() if action.required and action.option_strings else meaning


def _value(action: argparse.Action, named: str) -> str:
    one = "|".join(map(str, action.choices)) if action.choices else named
    return {"*": f"[{one} ...]", "+": f"{one} ...", "?": f"[{one}]"}.get(str(action.nargs), one)


def _group_of(parser: argparse.ArgumentParser) -> Any:
    return next((each for each in parser._actions if isinstance(each, argparse._SubParsersAction)), None)


def _below(parser: argparse.ArgumentParser) -> Iterator[tuple[str, str, Any]]:
    """Name, summary and parser of each command."""
    group = _group_of(parser)
    summaries = {each.dest: each.help or "" for each in group._choices_actions}
    for name, inner in group.choices.items():
        yield name, summaries.get(name, ""), inner
