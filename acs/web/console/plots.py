"""Plots as SVG: a line over time, shares of a whole as bars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from markupsafe import Markup

WIDTH, HEIGHT = 600, 120
_SHADES = 8


def line(points: Sequence[tuple[float, float]], title: str, unit: str = "") -> Markup:
    """Values over time, given as (seconds, value) in the order of time; nothing where there are not two."""
    if len(points) < 2 or points[0][0] == points[-1][0]:
        return Markup("")
    first, last = points[0][0], points[-1][0]
    least, most = min(0.0, *(value for _, value in points)), max(value for _, value in points)
    span = (most - least) or 1.0
    placed = " ".join(
        f"{(time - first) / (last - first) * WIDTH:.1f},{HEIGHT - (value - least) / span * HEIGHT:.1f}"
        for time, value in points
    )
    label = f"{title}: from {points[0][1]:g} to {points[-1][1]:g}{unit}, at most {most:g}{unit}"
    return Markup(
        '<svg class="plot" viewBox="0 -4 {} {}" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<title>{}</title><polyline points="{}"/></svg>'
    ).format(WIDTH, HEIGHT + 8, label, label, placed)


def shares(counts: Mapping[str, int], title: str) -> Markup:
    """Shares of a whole, as one bar with its legend; the smallest are put together."""
    whole = sum(counts.values())
    if not whole:
        return Markup("")
    ordered = sorted(counts.items(), key=lambda each: -each[1])
    if len(ordered) > _SHADES:
        rest = sum(count for _, count in ordered[_SHADES - 1 :])
        ordered = [*ordered[: _SHADES - 1], ("others", rest)]
    bars, legend, at = Markup(""), Markup(""), 0.0
    for shade, (name, count) in enumerate(ordered):
        width = count / whole * WIDTH
        bars += Markup('<rect class="shade{}" x="{:.1f}" y="0" width="{:.1f}" height="16"/>').format(
            shade, at, width
        )
        legend += Markup('<li><span class="key shade{}"></span>{} <b>{}</b></li>').format(
            shade, name or "unknown", f"{count / whole:.0%}"
        )
        at += width
    return Markup(
        '<svg class="shares" viewBox="0 0 {} 16" preserveAspectRatio="none" role="img"'
        ' aria-label="{}">{}</svg>'
        '<ul class="legend">{}</ul>'
    ).format(WIDTH, title, bars, legend)
