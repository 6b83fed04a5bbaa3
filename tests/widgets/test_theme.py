"""The colours: readable on what they stand on, and apart for whoever sees fewer of them."""

from __future__ import annotations

import re
from itertools import combinations

import pytest
from textual.color import Color

from console.core.display import THEMES as OFFERED
from console.core.settings import Settings
from console.screens.settings_rows import THEMES as ROWS
from console.widgets.colourless import contrast
from console.widgets.theme import THEMES, VARIABLES, defaults
from tests import states
from tests.screens.looking import looking

WORDS = ("foreground", "primary", "success", "warning", "error", "information", "frozen")
"""Colours words are written in."""

CURVES = ("primary", "secondary", "foreground")
LEAST, LEAST_MUTED, LEAST_FRAME = 4.5, 3.0, 1.3

MACHADO: dict[str, tuple[tuple[float, float, float], ...]] = {
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
"""What is seen of linear RGB: Machado, Oliveira and Fernandes 2009, severity 1.0."""


def colours(name: str) -> dict[str, Color]:
    theme = next(theme for theme in THEMES if theme.name == name)
    own = {key: getattr(theme, key) for key in (*WORDS, *CURVES, "background", "surface", "panel")
           if hasattr(theme, key)}  # fmt: skip
    values = {**own, **theme.variables}
    return {
        key: Color.parse(value)
        for key, value in values.items()
        if re.fullmatch("#[0-9a-f]{6}", value)
    }


@pytest.mark.parametrize("name", [theme.name for theme in THEMES])
def test_every_word_can_be_read_where_it_stands(name: str) -> None:
    found = colours(name)
    for ground in ("background", "surface", "panel", "stream-background"):
        behind = found[ground]
        for word in WORDS:
            assert contrast(found[word], behind) >= LEAST, (word, ground)
        assert contrast(found["muted"], behind) >= LEAST_MUTED, ground
        assert contrast(found["secondary"], behind) >= LEAST_MUTED, ground
    assert contrast(found["stream-foreground"], found["stream-background"]) >= LEAST
    assert contrast(found["frame"], found["background"]) >= LEAST_FRAME
    assert contrast(found["frame-focus"], found["frame"]) >= LEAST_FRAME


def test_a_high_contrast_theme_is_one() -> None:
    found = colours("gladius-contrast")
    assert min(contrast(found[word], found["background"]) for word in (*WORDS, "muted")) >= 7.0


def lab(rgb: tuple[float, float, float]) -> tuple[float, float, float]:
    """CIE L*a*b* of linear RGB, D65."""
    red, green, blue = (min(1.0, max(0.0, part)) for part in rgb)
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089
    fx, fy, fz = (
        part ** (1 / 3) if part > 0.008856 else 7.787 * part + 16 / 116 for part in (x, y, z)
    )
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


def seen(colour: Color, kind: str) -> tuple[float, float, float]:
    linear = [
        p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4
        for p in (part / 255 for part in colour.rgb)
    ]
    rows = [sum(f * p for f, p in zip(row, linear, strict=True)) for row in MACHADO[kind]]
    return lab((rows[0], rows[1], rows[2]))


def apart(one: Color, other: Color, kind: str) -> float:
    pairs = zip(seen(one, kind), seen(other, kind), strict=True)
    return float(sum((a - b) ** 2 for a, b in pairs) ** 0.5)


@pytest.mark.parametrize("kind", MACHADO)
def test_good_and_bad_are_apart_for_every_kind_of_sight(kind: str) -> None:
    found = colours("gladius-safe")
    for one, other in combinations(("success", "warning", "error"), 2):
        assert apart(found[one], found[other], kind) >= 25.0, (one, other)
    for one, other in combinations(CURVES[:2], 2):
        assert apart(found[one], found[other], kind) >= 12.0, (one, other)


def test_the_usual_theme_would_not_pass_that() -> None:
    """So the test above can fail: its green and red are one to many."""
    found = colours("gladius")
    assert apart(found["success"], found["error"], "deuteranopia") < 25.0


@pytest.mark.parametrize("name", OFFERED)
async def test_a_warning_is_no_error_in_any_theme_that_is_offered(name: str) -> None:
    async with looking(states.training(), settings=Settings(theme=name)) as look:
        assert look.app.theme == name
        named = look.app.theme_variables
        kinds = [named[kind].replace("bright_", "") for kind in ("error", "warning", "success")]
        assert len(set(kinds)) == 3, kinds


def test_every_theme_has_every_colour_and_is_offered() -> None:
    for theme in THEMES:
        assert not set(VARIABLES) - set(theme.variables)
    assert set(VARIABLES) == set(defaults())
    assert {theme.name for theme in THEMES} < set(OFFERED)
    assert {value or "gladius" for value, _word in ROWS} == set(OFFERED)
