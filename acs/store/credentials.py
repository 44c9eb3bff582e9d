"""What devices authenticate themselves with, sealed until one of them calls."""

from __future__ import annotations

from msgspec.structs import astuple

from acs.store.database import Statement
from acs.store.loading import Loading
from acs.store.records import Credentials

_PURPOSE = "credentials"
_SELECT = (
    "SELECT c.device, c.document FROM credentials c JOIN devices d ON d.key = c.device"
    " WHERE d.id = ? AND d.deleted IS NULL"
)
_PUT = (
    "INSERT INTO credentials (device, document, updated) VALUES (?, ?, ?)"
    " ON CONFLICT (device) DO UPDATE SET document = excluded.document, updated = excluded.updated"
)
_REPLACE = (
    "UPDATE credentials SET document = ?, updated = ? WHERE device = ? AND document = ? RETURNING device"
)
_REMOVE = "DELETE FROM credentials WHERE device = ?"


class DeviceCredentials(Loading):
    """The verbs about credentials (`acs.store.interface.Store`)."""

    async def credentials(self, device_id: str) -> Credentials | None:
        """What the device authenticates itself with; None where it has nothing of its own."""
        row = await self._row(_SELECT, device_id)
        if row is None:
            return None
        return Credentials(*self._vault.open_document(row[1], _PURPOSE, row[0]))

    async def replace_credentials(self, device_id: str, old: Credentials, new: Credentials) -> bool:
        """Replace them where they are still the ``old`` ones; on disk when this returns.  False where
        somebody has changed them meanwhile."""
        row = await self._row(_SELECT, device_id)
        if row is None or Credentials(*self._vault.open_document(row[1], _PURPOSE, row[0])) != old:
            return False
        document = self._vault.close_document(astuple(new), _PURPOSE, row[0])
        replacing = Statement(_REPLACE, (document, self._clock.seconds(), *row))
        return bool(await self._groups.write(replacing))

    async def put_credentials(self, device_id: str, credentials: Credentials | None) -> None:
        """Replace them, or forget them; on disk when this returns.  LookupError for an unknown device."""
        async with self._alone(device_id):
            key = (await self._bring_known(device_id)).device.key
            if credentials is None:
                await self._groups.write(Statement(_REMOVE, (key,)))
                return
            document = self._vault.close_document(astuple(credentials), _PURPOSE, key)
            await self._groups.write(Statement(_PUT, (key, document, self._clock.seconds())))
