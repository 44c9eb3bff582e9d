"""What a procedure has in hand when it deals with one device in one session.

That is the CPE at the other end, what is known of it, the store and the time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from acs.hooks import Related
from acs.session.conversation import Conversation
from acs.session.desired import roots_of
from acs.session.files import NO_FILES, Files
from acs.session.operator import Operator
from acs.session.relation import Relation
from acs.session.tree import ParameterTree
from acs.session.verification import Policy
from acs.store.interface import Store
from acs.store.records import Device
from acs.store.residents import Resident


class Visit(Struct, frozen=True):
    """One device in one session, once it is known who it is.

    ``unasked`` is the policy that says whether it is verified, where the device has yet to tell what that
    goes by; until then it is not.  ``files`` are those that it may be told to fetch.
    """

    cpe: Conversation
    store: Store
    now: Callable[[], float]
    resident: Resident
    tree: ParameterTree
    relation: Relation
    operator: Operator
    verified: bool = False
    unasked: Policy | None = None
    files: Files = NO_FILES

    @property
    def device(self) -> Device:
        """The device as it is known at this moment, but for its presence; raises LookupError where it was
        deleted meanwhile."""
        if self.resident.gone:
            raise LookupError(self.resident.record.id)
        return self.resident.record

    @property
    def device_id(self) -> str:
        """The device's id."""
        return self.resident.record.id

    @property
    def about(self) -> dict[str, Any]:
        """The fields of what is logged of it."""
        return self.cpe.about

    @property
    def related(self) -> Related | None:
        """The device's record in the operator's systems, where there is one that is known."""
        return self.relation.related

    @property
    def root(self) -> str:
        """The root object of the device's data model: ``Device.`` or ``InternetGatewayDevice.``; "" where
        it never said."""
        return self.device.root

    @property
    def roots(self) -> tuple[str, ...]:
        """All the roots it has: two where it mixes data models."""
        return roots_of(self.device)
