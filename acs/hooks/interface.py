"""The interface that the operator's own code implements: `IHooks`."""

# ruff: noqa: N805 (a method of an interface has no self)

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zope.interface import Attribute, Interface

from acs.hooks.values import Download, Ended, Related, Subject

__all__ = ["ARGUMENTS", "IHooks"]


class IHooks(Interface):
    """What a device belongs to, whether it is that, and how it is to be, as the operator's systems know it.

    Every method is optional; one that is not there is not asked.  Each returns its answer, or a Deferred or
    coroutine that gives it.  What takes longer than ``[hooks] seconds``, raises, or answers something else
    than is said here has failed: nothing secret is sent then, and nothing configured.

    Values are those of `acs.hooks`: `Subject`, `Related`, `Download`, `Ended`.
    """

    threaded = Attribute(
        """True: methods that are no coroutines are called in threads, as they block.  They must return their
        answer itself then.  Without it they are called in the reactor's thread, and must not block."""
    )

    def find_related(subject: Subject) -> Any:
        """The record of the device in the operator's systems, as a `Related`, or a mapping with its members;
        None where it has none."""

    def pre_verify(subject: Subject, related: Related | None) -> Any:
        """Called before the device is verified; what it returns counts for nothing."""

    def verify(subject: Subject, related: Related | None) -> Any:
        """Whether this device, at this address, is the one that it says it is: True or False.  It is asked
        where the listener's policy is ``python``."""

    def post_verify(subject: Subject, related: Related | None, verified: bool) -> Any:
        """Called when it has been verified, or not, by whatever policy; what it returns counts for
        nothing."""

    def is_configurable(subject: Subject, related: Related | None) -> Any:
        """Whether the device may be configured now: True or False."""

    def get_configuration(subject: Subject, related: Related | None) -> Any:
        """How the device is to be beside what all its configurations say, and rather than that: a mapping as
        `acs.configuration.document.read_document` takes it, parameter path to value; None for nothing."""

    def authorize_download(subject: Subject, related: Related | None, download: Download) -> Any:
        """Whether the device may be told to download this: True or False."""

    def session_ended(subject: Subject, ended: Ended) -> Any:
        """Called after a session, which nobody waits for."""

    def user_changed(subject: Subject, related: Related | None, changes: Mapping[str, str]) -> Any:
        """Called when somebody has changed parameters on the device itself: a mapping of path to value."""


ARGUMENTS: Mapping[str, tuple[str, ...]] = {
    name: tuple(IHooks[name].positional) for name in IHooks if name != "threaded"
}
"""The names of the arguments of each method; the first is ``subject``."""
