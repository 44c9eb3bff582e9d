"""The ``[hooks]`` table of the configuration file, with the ``[verify.NAME]`` tables beside it.

It also says what keeps them from making sense.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from acs.hooks.queries import GIVEN, problem
from acs.kinds import (
    DATABASE_URL,
    HOOK_NAMES,
    HTTP_URL,
    NETWORKS,
    POLICY,
    PYTHON_NAME,
    SOURCE_URL,
    TOLD,
    Network,
)
from acs.settings import FLAG, TEXT, Secret, integer, secret, setting


@dataclass(frozen=True, slots=True, kw_only=True)
class Verify:
    """One ``[verify.NAME]`` table: may this client address be this device?"""

    policy: str = setting(POLICY, "always", "How it is found out.")
    networks: tuple[Network, ...] = setting(NETWORKS, (), "cidr: where verified devices are.")
    query: str = setting(TEXT, "", "sql: a SELECT with %(serial)s, %(client_ip)s, ...; a row: verified.")
    url: Secret = setting(SOURCE_URL, Secret(), "sql: the database; http: where JSON is posted.")
    parameters: Mapping[str, str] = setting(
        TOLD, {}, "sql, http, python: what the device is to tell before, name = path."
    )

    def problems(self, place: str, python: str) -> Iterator[tuple[str, str]]:
        """What is wrong with the table at this place, where ``python`` is the class of [hooks]: keys and
        reasons."""
        if self.policy == "sql":
            if not self.url.startswith("postgresql://"):
                yield f"{place}.url", "must be given for sql, and begin with postgresql://"
            if wrong := problem(self.query, told=self.parameters):
                yield f"{place}.query", f"{wrong}, for sql"
        if self.policy == "http" and not self.url.startswith("http"):
            yield f"{place}.url", "must be given for http, and begin with http:// or https://"
        if self.policy == "python" and not python:
            yield f"{place}.policy", "python asks hooks.python, which is not given"
        if self.parameters and self.policy not in ("sql", "http", "python"):
            yield f"{place}.parameters", f"are for sql, http and python, not for {self.policy}"
        if taken := sorted({*self.parameters} & {*GIVEN}):
            yield f"{place}.parameters", f"{taken[0]} is a name of something else that queries have"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hooks:
    """The ``[hooks]`` table: the operator's side."""

    python: str = setting(PYTHON_NAME, "", "package.module:Class, which implements acs.hooks.IHooks.")
    url: Secret = setting(secret(HTTP_URL), Secret(), "Or a service that speaks JSON over HTTP.")
    url_hooks: tuple[str, ...] = setting(
        HOOK_NAMES, ("find_related", "get_configuration"), "What that service is asked."
    )
    database: Secret = setting(DATABASE_URL, Secret(), "Or a PostgreSQL database, by its URL.")
    related_query: str = setting(TEXT, "", "A SELECT of the related device: its id, level, facts.")
    configuration_query: str = setting(TEXT, "", "A SELECT of path, value, and maybe notify, secret.")
    seconds: int = setting(integer(1, 60), 3, "How long a hook may take.")
    cache_seconds: int = setting(integer(0, 86_400), 60, "For how long an answer is not asked for again.")
    reset_on_association: bool = setting(
        FLAG, False, "Reset a device that is assigned to another related device."
    )
    stale_seconds: int = setting(
        integer(0, 604_800), 3600, "For how long the last answer serves where there is no other."
    )

    def problems(self) -> Iterator[tuple[str, str]]:
        """What is wrong with the table: keys and reasons."""
        queries = {"related_query": self.related_query, "configuration_query": self.configuration_query}
        for key, query in queries.items():
            if query and not self.database:
                yield "hooks.database", f"must be given for {key}"
            if query and (wrong := problem(query, related=key == "configuration_query")):
                yield f"hooks.{key}", wrong
        if self.database and not any(queries.values()):
            yield "hooks.database", "is asked nothing: give related_query or configuration_query"
