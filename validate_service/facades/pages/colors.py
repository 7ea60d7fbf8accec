"""The style sheet that brings a tenant's colours onto a page."""

from validate_service.core.model import Branding

DARK_INK, LIGHT_INK = "#16202b", "#ffffff"


def style_sheet(branding: Branding) -> str:
    """Return the main colour of *branding* as CSS variables, with ink that can be read on it."""
    return f":root {{\n  --brand: {branding.color};\n  --on-brand: {ink_on(branding.color)};\n}}\n"


def ink_on(color: str) -> str:
    """Return dark or light ink, whichever is easier to read on *color*, such as ``#1f5f8b``.

    >>> ink_on("#1f5f8b"), ink_on("#ffe08a")
    ('#ffffff', '#16202b')
    """
    return max(DARK_INK, LIGHT_INK, key=lambda ink: contrast(ink, color))


def contrast(first: str, second: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21 (WCAG 2.2).

    >>> round(contrast("#000000", "#ffffff"))
    21
    """
    darker, lighter = sorted((_luminance(first), _luminance(second)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: str) -> float:
    channels = [int(color[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    red, green, blue = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
