"""Vendors' RPCs whose arguments are known, each declared as those of the standard are.

One takes two classes, named as on the wire, whose fields are its arguments in order (`acs.cwmp.messages`),
with a row below.  The codec, the API, the job queue and the simulator know it from then on.  A vendor's RPC
that is not here is carried as XML (`acs.cwmp.vendor`).
"""

from __future__ import annotations

from acs.cwmp.rpc import RPC

VENDOR_RPCS: tuple[RPC, ...] = ()
