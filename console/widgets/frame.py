"""A border with something in each of its four corners: number and name, value, range, note.

Textual's borders hold one text above and one below; `Framed` fills each from both ends, in the
border's own colour between them. Call `corners` whenever a text changes, as often as you like.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from console.widgets.text import cut

if TYPE_CHECKING:
    from textual.geometry import Region
    from textual.strip import Strip
    from textual.widget import Widget as Base
else:
    Base = object

_EMPTY = Content("")
TITLE_STYLE = "bold $primary"
RULE = "─"
RULES = {"heavy": "━"}
"""The line of a border, by the name of its kind."""


class Framed(Base):
    """Makes a widget's border tell four things. Stands before the widget it is mixed into."""

    DEFAULT_CLASSES = "framed"
    _corners: tuple[Content, Content, Content, Content] = (_EMPTY, _EMPTY, _EMPTY, _EMPTY)
    _framed: tuple[int, str] = (-1, "")
    """The width and the line the frame was drawn for."""

    def corners(
        self,
        top: str | Content = "",
        top_right: str | Content = "",
        bottom: str | Content = "",
        bottom_right: str | Content = "",
    ) -> None:
        """Sets all four; a plain `top` is a title, other plain texts are muted."""
        texts = (
            Content.styled(top, TITLE_STYLE) if isinstance(top, str) else top,
            *(
                Content.styled(text, "$muted") if isinstance(text, str) else text
                for text in (top_right, bottom, bottom_right)
            ),
        )
        if not all(map(_same, texts, self._corners)):
            self._corners = (texts[0], texts[1], texts[2], texts[3])
            self._draw_frame()

    def corner_texts(self) -> tuple[Content, Content, Content, Content]:
        """What stands there now."""
        return self._corners

    def render_lines(self, crop: Region) -> list[Strip]:
        if self._framed != (self.outer_size.width, self._rule):
            self._draw_frame()
        return super().render_lines(crop)

    @property
    def _rule(self) -> str:
        """What the line of the border is drawn with."""
        return RULES.get(self.styles.border_top[0], RULE)

    def _draw_frame(self) -> None:
        width, rule = self._framed = self.outer_size.width, self._rule
        if width <= 0:
            return
        top, top_right, bottom, bottom_right = self._corners
        self.styles.border_title_align = "left" if top else "right"
        self.styles.border_subtitle_align = "left" if bottom else "right"
        self.border_title = _edge(top, top_right, width - 6, rule)
        self.border_subtitle = _edge(bottom, bottom_right, width - 6, rule)


def _same(one: Content, other: Content) -> bool:
    return one.is_same(other)


def _edge(left: Content, right: Content, width: int, rule: str = RULE) -> Content:
    """One edge within `width` cells; the right text goes first when both do not fit."""
    if not left or not right or left.cell_length + right.cell_length + 3 > width:
        return cut(left or right, max(0, width))
    fill = width - left.cell_length - right.cell_length - 2
    return Content.assemble(left, f" {rule * fill} ", right)
