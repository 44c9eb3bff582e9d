"""What is shipped for Prometheus and Grafana asks for numbers that there are."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import textwrap
from collections.abc import Iterator
from typing import Any

import yaml
from msgspec.structs import asdict
from prometheus_client.parser import text_string_to_metric_families
from twisted.trial.unittest import SynchronousTestCase

from acs.alarms.limits import Limits
from acs.store.records.alarms import MEANINGS, AlarmKind
from acs.store.records.webhooks import WebhookEvent
from acs.web.telling.families import FAMILIES
from acs.web.webhooks.signing import headers, new_secret
from tests import ROOT
from tests.support.cases import WorldCase

DASHBOARD = json.loads((ROOT / "etc/grafana/acs.json").read_text())
RULES = yaml.safe_load((ROOT / "etc/prometheus/acs-rules.yml").read_text())
SCRAPE = yaml.safe_load((ROOT / "etc/prometheus/prometheus.yml").read_text())

OF_PROMETHEUS = {"instance", "job", "le"}
"""Labels that Prometheus itself adds, or that histograms have."""
ENDS = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_sum", "_count")}


def asked_by_panels() -> Iterator[tuple[str, str]]:
    """Title and expression of each query of the dashboard."""
    for panel in DASHBOARD["panels"]:
        for target in panel.get("targets", ()):
            yield panel["title"], target["expr"]
    for variable in DASHBOARD["templating"]["list"]:
        if variable["type"] == "query":
            yield variable["name"], variable["query"]["query"]


def asked_by_rules() -> Iterator[tuple[str, str]]:
    """Name and expression of each rule."""
    for group in RULES["groups"]:
        for rule in group["rules"]:
            yield rule["alert"], rule["expr"]


def numbers_in(expression: str) -> set[str]:
    return set(re.findall(r"\b(?:acs_\w+|up)\b", expression))


def labels_in(expression: str) -> set[str]:
    """Those by which it is grouped, and those that are chosen."""
    grouped = ",".join(re.findall(r"by \(([^)]*)\)", expression))
    chosen = re.findall(r'(\w+)(?:=~|!=|=)"', expression)
    return {name.strip() for name in grouped.split(",") if name.strip()} | set(chosen)


class MonitoringTests(WorldCase):
    async def setUp(self) -> None:
        await super().setUp()
        cpe = self.world.cpe()
        await cpe.first_contact()
        text = (await self.world.watch.metrics.text()).decode()
        families = list(text_string_to_metric_families(text))
        self.names = {family.name + end for family in families for end in ENDS[family.type]} | {"up"}
        self.told = {family.name for family in families}

    def assert_there(self, where: str, expression: str) -> None:
        self.assertTrue(numbers_in(expression), where)
        self.assertEqual(set(), numbers_in(expression) - self.names, where)

    async def test_every_number_that_the_dashboard_asks_for_is_there(self) -> None:
        asked = list(asked_by_panels())
        self.assertGreater(len(asked), 20)
        for where, expression in asked:
            self.assert_there(where, expression)

    async def test_the_dashboard_shows_every_number(self) -> None:
        shown = set().union(*(numbers_in(expression) for _, expression in asked_by_panels()))
        short = {re.sub(r"_(total|bucket|sum|count)$", "", name) for name in shown}
        self.assertEqual(set(), self.told - short)

    async def test_every_number_is_in_the_list_that_the_documentation_has(self) -> None:
        self.assertEqual({family.name for _, family in FAMILIES}, self.told)

    async def test_every_number_that_a_rule_asks_for_is_there(self) -> None:
        for where, expression in asked_by_rules():
            self.assert_there(where, expression)

    async def test_every_label_that_is_asked_for_is_there(self) -> None:
        labels = {label for _, family in FAMILIES for label in family.labels}
        labels |= OF_PROMETHEUS | {"worker"}
        for where, expression in (*asked_by_panels(), *asked_by_rules()):
            self.assertEqual(set(), labels_in(expression) - labels, where)

    async def test_rules_say_what_is_the_matter_and_how_bad_it_is(self) -> None:
        for group in RULES["groups"]:
            for rule in group["rules"]:
                self.assertIn(rule["labels"]["severity"], ("warning", "critical"))
                self.assertTrue(rule["annotations"]["summary"])

    async def test_the_dashboard_can_be_imported(self) -> None:
        ids = [panel["id"] for panel in DASHBOARD["panels"]]
        self.assertEqual(len(ids), len(set(ids)))
        cells = [
            (x, y)
            for place in (panel["gridPos"] for panel in DASHBOARD["panels"])
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        ]
        self.assertEqual(len(cells), len(set(cells)), "panels lie upon each other")
        self.assertLess(max(x for x, _ in cells), 24)
        sources = {
            self.source(target) for panel in DASHBOARD["panels"] for target in panel.get("targets", ())
        }
        self.assertEqual({"${datasource}"}, sources)

    def source(self, target: Any) -> Any:
        return target["datasource"]["uid"]

    async def test_prometheus_reads_with_the_rules(self) -> None:
        self.assertEqual(["acs-rules.yml"], SCRAPE["rule_files"])
        (job,) = SCRAPE["scrape_configs"]
        self.assertEqual("acs", job["job_name"])


class DocumentedTests(SynchronousTestCase):
    """What docs/monitoring.rst and docs/webhooks.rst say is what there is."""

    monitoring = (ROOT / "docs/monitoring.rst").read_text()
    webhooks = (ROOT / "docs/webhooks.rst").read_text()

    def test_every_kind_of_alarm_is_explained(self) -> None:
        self.assertEqual(set(AlarmKind), set(MEANINGS))
        self.assertIn(".. generated:: alarms\n", self.monitoring)

    def test_every_number_is_explained(self) -> None:
        self.assertIn(".. generated:: metrics\n", self.monitoring)

    def test_every_event_is_explained(self) -> None:
        named = set(re.findall(r"^``(\w+)``  ", self.webhooks, re.MULTILINE))
        self.assertEqual({event.value for event in WebhookEvent}, named)

    def test_the_limits_that_are_shown_are_the_defaults(self) -> None:
        shown = self.monitoring.partition("    [alarms]")[2].partition("\n\n")[0]
        values = {name: int(value) for name, value in re.findall(r"(\w+) = (\d+)", shown)}
        self.assertEqual(asdict(Limits()), values)

    def test_the_verification_that_is_shown_works(self) -> None:
        code = self.webhooks.partition(".. code-block:: python\n\n")[2].partition("\n\n``etc/")[0]
        there: dict[str, Any] = {"base64": base64, "hashlib": hashlib, "hmac": hmac, "json": json}
        exec(textwrap.dedent(code), there)
        secret = new_secret(bytes(range(24)))
        said = headers(secret, "a", 1000, b'{"x": 1}')
        self.assertEqual({"x": 1}, there["verified"](secret, said, b'{"x": 1}', 1299.0))
        for wrong in ((secret, said, b'{"x": 2}', 1299.0), (secret, said, b'{"x": 1}', 1301.0)):
            with self.assertRaises(ValueError):
                there["verified"](*wrong)
