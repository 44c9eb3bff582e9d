"""Looks for what every Inform of a device should have (TR-106: forcedInform)."""

from __future__ import annotations

from acs.session.data_models import always_told
from acs.session.visit import Visit


def check_inform(visit: Visit) -> None:
    """Remark what this Inform lacks, by the device's data model where that was imported."""
    wanted = always_told(visit.store, visit.device)
    told = {parameter.Name for parameter in visit.cpe.inform.ParameterList} if wanted else set()
    lacking = [path for path in wanted if path not in told]
    if lacking:
        words = ", ".join(lacking)[:300]
        visit.cpe.record.remark(
            f"the Inform lacks {words}, which {visit.device.root_data_model} puts in each"
        )
