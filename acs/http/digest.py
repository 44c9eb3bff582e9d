"""The nonces of Digest, under the name by which what composes the appliance takes them."""

from __future__ import annotations

from acs.hypertext.authorization import Nonces as Nonces
