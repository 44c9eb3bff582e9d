"""The transfers that are running: how far each has come, which of them stand still."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from acs.firmware.tickets import Ticket
from acs.recurring import Recurring
from acs.store.records.files import Direction, FileTransfer, Way

TELL = 5.0
"""Seconds between two words about a transfer."""
LEAST = 1024
"""Bytes that have to move in the time that a client is given: less is as good as none."""

log = Logger()


Progress = Callable[[FileTransfer], None]
"""Is told of each transfer as it begins, every few seconds, and as it ends."""


def tell_nobody(_: FileTransfer) -> None:
    """For a site on which nobody looks."""


class Transfer:
    """One that is running.

    ``cut`` ends its connection.  Its client is waited for, unless ``ours`` says that we are the ones who
    let it wait.
    """

    def __init__(self, table: Transfers, what: FileTransfer, cut: Callable[[str], None], now: float) -> None:
        self._table = table
        self._what = what
        self._marked, self._marked_at = 0, now
        self.cut = cut
        self.sent = 0
        self.ours = False

    @property
    def told(self) -> FileTransfer:
        """How far it has come."""
        return replace(self._what, sent=self.sent)

    def moved(self, count: int) -> None:
        """So many bytes more have gone."""
        self.sent += count

    def stands_still(self, now: float, patience: float) -> bool:
        """Whether its client has done as good as nothing for so many seconds."""
        if self.ours or self.sent - self._marked >= LEAST:
            self._marked, self._marked_at = self.sent, now
        return now - self._marked_at >= patience

    def end(self, failure: str = "") -> None:
        """It is over."""
        self._table.over(self, failure)


class Transfers:
    """The table of them.

    :param patience: seconds after which a client that does nothing is dropped.
    :param numbers: gives each an id.
    """

    def __init__(
        self, clock: IReactorTime, progress: Progress, patience: float, numbers: Callable[[], int]
    ) -> None:
        self._clock = clock
        self._numbers = numbers
        self._progress = progress
        self._patience = patience
        self._running: dict[Transfer, None] = {}
        self._look = Recurring(clock, TELL, self.look, "the transfers could not be looked at")

    def __len__(self) -> int:
        return len(self._running)

    def running(self) -> list[FileTransfer]:
        """Those that are running, the oldest first."""
        return [each.told for each in self._running]

    def begin(
        self,
        direction: Direction,
        client: str,
        ticket: Ticket,
        path: str,
        size: int,
        cut: Callable[[str], None],
    ) -> Transfer:
        """A new one, for who has shown a ticket."""
        now = self._clock.seconds()
        what = FileTransfer(
            id=self._numbers(),
            way=Way.HTTP,
            direction=direction,
            client=client,
            path=path,
            began=now,
            device_key=ticket.device,
            job=ticket.job or None,
            size=size,
        )
        transfer = Transfer(self, what, cut, now)
        self._running[transfer] = None
        self._look.start()
        self._tell(transfer.told)
        return transfer

    def over(self, transfer: Transfer, failure: str) -> None:
        """Forget one that has ended, and tell; nothing where that is known."""
        if transfer not in self._running:
            return
        del self._running[transfer]
        if not self._running:
            self._look.stop()
        self._tell(replace(transfer.told, ended=True, failure=failure))

    def look(self) -> None:
        """Tell of all, and cut those whose clients do nothing."""
        now = self._clock.seconds()
        for transfer in list(self._running):
            if transfer.stands_still(now, self._patience):
                transfer.cut(f"nothing has moved for {self._patience:.0f} s")
            elif transfer in self._running:
                self._tell(transfer.told)

    def close(self) -> None:
        """Cut all of them."""
        for transfer in list(self._running):
            transfer.cut("the appliance stopped")

    def _tell(self, told: FileTransfer) -> None:
        try:
            self._progress(told)
        except Exception:  # who looks on is not to break what he looks at
            log.failure("how far a transfer has come could not be told")
