"""The operator's side: his own systems tell what a device belongs to, whether it is that, how it is to be."""

from acs.hooks.errors import HookFailed
from acs.hooks.interface import IHooks
from acs.hooks.values import Download, Ended, Related, Subject

__all__ = ["Download", "Ended", "HookFailed", "IHooks", "Related", "Subject"]
