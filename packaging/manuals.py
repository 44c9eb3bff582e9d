"""Writes what comes with the commands into a folder: manual pages, and the shell's completion.

``python packaging/manuals.py FOLDER`` makes ``acs.8``, ``acsctl.1``, ``acs.toml.5``, ``acsctl`` (for bash).
All of it is read off the declarations that the commands and the configuration are made by.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from acs import __version__
from acs.config import describe
from acs.ctl.arguments import _parser

_ACS = r"""
.SH NAME
acs \- TR-069 auto-configuration server
.SH SYNOPSIS
.B acs
[\fB\-c\fR \fIFILE\fR]
.SH DESCRIPTION
Runs the appliance in the foreground: it takes the sessions of customer devices (CPEs) over CWMP, wakes them,
serves them files over HTTP and TFTP, and has a web console with a REST API for people.
Without arguments it reads
.IR /etc/acs/acs.toml .
The unit
.B acs.service
runs it so, as the user
.BR acs .
.PP
On its first start it makes its secrets in the state directory, and a user
.B admin
of the console, whose password it prints; as a service it leaves the password in
.IR /var/lib/acs/first-password .
.PP
It is
.BR twistd (1)
with the plugin of that name: options of
.B twistd
may stand before those of the appliance in
.BR "twistd acs" .
.SH SIGNALS
.TP
.B SIGHUP
Certificates, policies and the log's level are read anew, as by
.BR "acsctl reload" .
.TP
.B SIGTERM
No new session is begun, open ones have ten seconds to end, all is written, the process ends.
.SH FILES
.TP
.I /etc/acs/acs.toml
The configuration,
.BR acs.toml (5).
.TP
.I /var/lib/acs
The state: database, conversations, files for devices, secrets.  A backup without
.I secret.key
is worth nothing.
.TP
.I /usr/share/doc/acs
The documentation, and examples for HAProxy, PostgreSQL, Prosody and hooks.
.SH EXIT STATUS
1 where the configuration is wrong, with a line for each thing: file, key, what is wrong with it.
.SH SEE ALSO
.BR acsctl (1),
.BR acs.toml (5)
"""


def head(name: str, section: int) -> str:
    """The first line of a page."""
    return f'.TH "{name.upper()}" "{section}" "" "acs {__version__}" "TR-069 auto-configuration server"\n'


def roff(text: str) -> str:
    """As text of a page."""
    escaped = text.replace("\\", r"\e").replace("-", r"\-")
    return "\n".join(rf"\&{line}" if line[:1] in ".'" else line for line in escaped.split("\n"))


Parser = argparse.ArgumentParser


def commands(parser: Parser) -> Iterator[tuple[str, Parser]]:
    """The commands below a parser, by name, each with its own."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield from action.choices.items()


def every_command(parser: Parser, name: str = "") -> Iterator[tuple[str, Parser]]:
    """Those that do something, by all their words."""
    below = list(commands(parser))
    if not below:
        yield name, parser
    for word, each in below:
        yield from every_command(each, f"{name} {word}".strip())


def options(parser: Parser) -> Iterator[tuple[str, str]]:
    """What may stand behind a command: as it is written, and what it is for."""
    for action in parser._actions:
        if isinstance(action, argparse._HelpAction | argparse._SubParsersAction):
            continue
        value = action.metavar or (action.dest.upper() if action.nargs != 0 else "")
        value = "|".join(map(str, action.choices)) if action.choices and not action.metavar else value
        shown = " ".join(value) if isinstance(value, tuple) else str(value or "")
        written = ", ".join(action.option_strings)
        about = (action.help or "").replace("%%", "%").replace("%(default)s", str(action.default))
        yield " ".join(filter(None, (written, shown if action.nargs != 0 else ""))), about


def acsctl() -> str:
    """The page of the command line."""
    parser = _parser()
    lines = [head("acsctl", 1), ".SH NAME", r"acsctl \- work with a TR\-069 auto\-configuration server"]
    lines += [".SH SYNOPSIS", r".B acsctl", r"[\fB\-c\fR \fIFILE\fR] \fICOMMAND\fR ..."]
    lines += [".SH DESCRIPTION", roff(parser.description or ""), ".PP"]
    lines += [
        r"The appliance is the one of \fB\-c\fR, else of \fB\-\-url\fR with \fB\-\-token\fR, else of",
        r"\fBACS_URL\fR with \fBACS_TOKEN\fR, else of the configuration in \fBACS_CONFIG\fR, which the",
        r"package sets to \fI/etc/acs/acs.toml\fR.",
        ".SH COMMANDS",
    ]
    for name, each in every_command(parser):
        lines += [".TP", rf"\fB{roff(name)}\fR", roff(each.description or "")]
        for written, about in options(each):
            lines += [".RS", ".TP", rf"\fB{roff(written)}\fR", roff(about), ".RE"]
    lines += [
        ".SH EXIT STATUS",
        "0 where it was done, 1 where it was not, 2 where the command line is wrong.",
    ]
    lines += [".SH SEE ALSO", ".BR acs (8),", ".BR acs.toml (5)", ""]
    return "\n".join(lines)


def acs_toml() -> str:
    """The page of the configuration."""
    lines = [
        head("acs.toml", 5),
        ".SH NAME",
        r"acs.toml \- configuration of the TR\-069 server",
        ".SH DESCRIPTION",
    ]
    lines += [
        "TOML.  Every key has a default, and the file has only what differs.  A key that is not known, or a",
        "value of another type, keeps the appliance from starting, with the file, the key and the reason.",
        "Endpoints are Twisted's endpoint strings.  A secret may be given as a file instead:",
        r"\fBpassword_file\fR for \fBpassword\fR.",
        ".SH KEYS",
    ]
    for each in describe():
        lines += [".TP", rf"\fB{roff(each.key)}\fR ({roff(each.kind)})"]
        lines += [roff(f"{each.doc} Default: {each.default}" if each.default else each.doc)]
    lines += [".SH SEE ALSO", ".BR acs (8),", ".BR acsctl (1)", ""]
    return "\n".join(lines)


def completion() -> str:
    """The shell's completion of the command line: of words, then of the options of each command."""
    parser = _parser()
    words: dict[str, list[str]] = {"": [name for name, _ in commands(parser)]}
    for name, each in commands(parser):
        words[name] = [below for below, _ in commands(each)]
    for name, each in every_command(parser):
        words[name] = words.get(name, []) + [
            option for action in each._actions for option in action.option_strings if option.startswith("--")
        ]
    cases = "\n".join(f"        '{name}') words='{' '.join(found)}' ;;" for name, found in words.items())
    return f"""# bash completion for acsctl, made of its own declarations
_acsctl() {{
    local word words= command= each
    local current=${{COMP_WORDS[COMP_CWORD]}}
    for each in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
        case $each in -*) ;; *) command="${{command:+$command }}$each" ;; esac
    done
    while :; do
        case $command in
{cases}
        *) case $command in *' '*) command=${{command% *}}; continue ;; esac ;;
        esac
        break
    done
    COMPREPLY=($(compgen -W "$words" -- "$current"))
    [ ${{#COMPREPLY[@]}} -gt 0 ] || COMPREPLY=($(compgen -f -- "$current"))
}}
complete -o filenames -F _acsctl acsctl
"""


def main(folder: str) -> None:
    """Write them."""
    made = {
        "acs.8": head("acs", 8) + _ACS.lstrip(),
        "acsctl.1": acsctl(),
        "acs.toml.5": acs_toml(),
        "acsctl": completion(),
    }
    Path(folder).mkdir(parents=True, exist_ok=True)
    for name, text in made.items():
        Path(folder, name).write_text(text, "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
