"""A device's vendor configuration file: what no parameter can say (TR-069 A.4.1.5, file type 3)."""

from __future__ import annotations

from acs.session import jobs
from acs.session.profiles import Kind
from acs.session.visit import Visit

FILE_TYPE = "3 Vendor Configuration File"


async def send_vendor_file(visit: Visit, kind: Kind) -> None:
    """Have the device download the file of its kind, once and after each reset; it may hold secrets, so that
    one that is not verified gets none."""
    url = kind.vendor_file
    if not url or not visit.verified or visit.device.vendor_file == url:
        return
    visit.store.change_device(visit.device_id, vendor_file=url)
    await jobs.accept(
        visit.store,
        visit.now(),
        visit.device_id,
        "Download",
        {"FileType": FILE_TYPE, "URL": url},
        reason="vendor configuration file",
        urgent=True,
        automatic=True,
    )
