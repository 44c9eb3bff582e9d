"""The numbers of `/metrics`, read as Prometheus does."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families


def read(text: bytes) -> dict[str, float]:
    """The values by name with labels, as in ``acs_sessions_total{result="success",worker="0"}``; of a
    histogram its count alone."""
    found = {}
    for family in text_string_to_metric_families(text.decode()):
        for sample in family.samples:
            labels = ",".join(f'{name}="{value}"' for name, value in sorted(sample.labels.items()))
            if not sample.name.endswith("_bucket"):
                found[f"{sample.name}{{{labels}}}" if labels else sample.name] = sample.value
    return found
