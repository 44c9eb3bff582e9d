"""The operator's side as the configuration has it: the hooks, with the policies that verify devices."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from twisted.internet.defer import Deferred

from acs.config import Config
from acs.hooks.asking import Limits
from acs.hooks.building import Sources
from acs.hooks.errors import BadHooks
from acs.reloading import Change, Refusal, ReloadRefused
from acs.session.operator import Operator
from acs.session.verification import Policy, policy_of
from acs.settings import place_of


class OperatorSide:
    """Raises `BadHooks` for what the configuration names and is not there.

    :ivar operator: his systems, for sessions.
    :ivar policies: how devices are verified, by the name of the listener; others take their place when the
        appliance reloads.
    """

    def __init__(self, config: Config, reactor: Any) -> None:
        self._reactor = reactor
        self._sources, self._policy_sources = _sources(config, reactor), _sources(config, reactor)
        hooks = config.hooks
        self._hooks = self._sources.hooks(
            python=hooks.python,
            url=hooks.url,
            url_hooks=hooks.url_hooks,
            database=hooks.database,
            related_query=hooks.related_query,
            configuration_query=hooks.configuration_query,
        )
        self._said = _said(config)
        self.operator = Operator(self._hooks, reactor.seconds, hooks.reset_on_association)
        self.policies = self._policies(config, self._policy_sources)

    def changes(self, fresh: Config) -> Iterator[Change]:
        """The policies that another configuration has, where it has others, for listeners that there are."""
        said = _said(fresh)
        if said == self._said:
            return
        sources = _sources(fresh, self._reactor)
        try:
            policies = self._policies(fresh, sources)
        except BadHooks as error:
            raise ReloadRefused(Refusal(*each) for each in error.problems) from error

        def apply() -> None:
            before, self._policy_sources, self._said = self._policy_sources, sources, said
            self.policies.update({name: policies[name] for name in self.policies if name in policies})
            Deferred.fromCoroutine(before.close())

        yield Change("verify", apply)

    async def close(self) -> None:
        """Let go of all connections."""
        await self._policy_sources.close()
        await self._sources.close()

    def _policies(self, config: Config, sources: Sources) -> dict[str, Policy]:
        made: dict[str, Policy] = {}
        for name, each in config.verify.items():
            asked = sources.verifier(place_of("verify", name), each.policy, each.query, each.url, self._hooks)
            made[name] = policy_of(each.policy, each.networks, asked, each.parameters)
        return {listener.name: made[listener.verify] for listener in config.cwmp}


def _said(config: Config) -> object:
    """What the configuration says of policies, and of who has which."""
    return config.verify, {listener.name: listener.verify for listener in config.cwmp}


def _sources(config: Config, reactor: Any) -> Sources:
    hooks = config.hooks
    limits = Limits(float(hooks.seconds), float(hooks.cache_seconds), float(hooks.stale_seconds))
    return Sources(reactor, reactor, limits)
