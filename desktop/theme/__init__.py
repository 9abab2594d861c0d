"""The look: colours, fonts and icons by role, for the theme and language in use.

    from desktop.theme import color, font, icon, pixmap, theme

    painter.setPen(color("text2"))
    label.setFont(font("heading"))
    button.setIcon(icon("play", "on_accent"))
    theme.changed.connect(...)      # light/dark or the language changed: draw again

Roles are the names in resources/themes/tokens.json. Everything is looked up when it is drawn, so a widget that
paints with `color(...)` needs nothing but an `update()`; one that keeps fonts or icons renews them in `restyle()`.
"""

from desktop.theme.fonts import font, mono_families, shared_font
from desktop.theme.icons import icon, pixmap
from desktop.theme.state import color, css, is_dark, theme
from desktop.theme.tokens import line_px, radius, size, spacing

__all__ = [
    "color",
    "css",
    "font",
    "icon",
    "is_dark",
    "line_px",
    "mono_families",
    "pixmap",
    "radius",
    "shared_font",
    "size",
    "spacing",
    "theme",
]
