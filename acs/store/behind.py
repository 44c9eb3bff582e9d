"""Which devices are below the level that is wanted of them, in the database's words."""

from __future__ import annotations

_MODEL = "d.manufacturer || '/' || d.product_class"
_CATEGORY = "(SELECT k.category FROM in_categories k WHERE k.device = d.key)"


def _configured(condition: str) -> str:
    """There is a configuration for the device, beside its own, of which this holds."""
    one = f"SELECT 1 FROM configurations c WHERE {condition} AND c.scope = "
    return (
        f"EXISTS ({one}'all')"
        f" OR EXISTS ({one}'vendor' AND c.name = d.manufacturer)"
        f" OR EXISTS ({one}'model' AND c.name = {_MODEL})"
        f" OR EXISTS ({one}'category' AND c.name = {_CATEGORY})"
        f" OR EXISTS (SELECT 1 FROM tags t WHERE t.device = d.key AND EXISTS ({one}'tag' AND c.name = t.tag))"
    )


def _profiled(condition: str) -> str:
    """There is a profile for the device of which this holds."""
    one = f"SELECT 1 FROM profiles f WHERE {condition} AND f.scope = "
    return (
        f"EXISTS ({one}'all')"
        f" OR EXISTS ({one}'data_model' AND f.name = d.root)"
        f" OR EXISTS ({one}'vendor' AND f.name = d.manufacturer)"
        f" OR EXISTS ({one}'model' AND f.name = {_MODEL})"
    )


BEHIND = (
    "(CASE WHEN d.desired_config_level <> '' THEN d.current_config_level < d.desired_config_level"
    " ELSE d.current_config_level < d.own_config_level OR d.current_config_level < d.related_level"
    f" OR {_configured('c.level > d.current_config_level')}"
    f" OR ({_profiled('f.level > d.current_config_level')})"
    f" AND (d.own_config_level <> '' OR d.related_level <> '' OR {_configured('TRUE')}) END)"
)
"""It is below what `acs.session.desired.Desired.level` says, in the database's words."""
