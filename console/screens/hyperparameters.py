"""The dialog in which values of the running trainer are changed: what it declared, no more."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from rich.cells import cell_len
from textual import on
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Input, Static

from console.core import format as fmt
from console.core.format_text import text
from console.screens.dialog import Window
from console.screens.modal import Modal
from console.widgets.text_button import TextButton

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

Spec = Mapping[str, Any]

NAME_WIDTH = 44
"""The most cells a name gets."""

APPLIES = {"now": "applies now", "restart": "needs a restart"}


def parsed(spec: Spec, typed: str) -> Any:
    """The value of what was typed, as the trainer declared it.

    Raises ValueError with a sentence that says what was expected.
    """
    kind = str(spec.get("type", "float"))
    if kind in ("str", "text"):
        return typed
    if kind == "bool":
        return _boolean(typed)
    try:
        value = int(typed) if kind == "int" else float(typed)
    except ValueError:
        raise ValueError(
            f"{'a whole number' if kind == 'int' else 'a number'} is expected"
        ) from None
    low, high = spec.get("min"), spec.get("max")
    if not math.isfinite(value):
        raise ValueError("a finite number is expected")
    if low is not None and value < low:
        raise ValueError(f"at least {_shown(low)}")
    if high is not None and value > high:
        raise ValueError(f"at most {_shown(high)}")
    return value


def _boolean(typed: str) -> bool:
    words = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
    if typed.lower() not in words:
        raise ValueError("true or false is expected")
    return words[typed.lower()]


def _shown(value: object) -> str:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return fmt.setting(value)
    return text(value)


def _hint(spec: Spec) -> str:
    low, high, unit = spec.get("min"), spec.get("max"), text(spec.get("unit") or "")
    bounds = "" if low is None and high is None else f"{_bound(low)} – {_bound(high)}"
    parts = [bounds, "" if unit == fmt.UNKNOWN else unit, APPLIES.get(str(spec.get("applies")), "")]
    return " · ".join(part for part in parts if part)


def _bound(value: object) -> str:
    return "" if value is None else _shown(value)


class Hyperparameters(Modal[dict[str, Any] | None]):
    """One row a value: name, input, bounds. The answer is what was changed, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [("escape", "leave", "Close")]
    AUTO_FOCUS = "Input"

    def __init__(self, settable: Mapping[str, Spec]) -> None:
        super().__init__()
        self._settable = dict(settable)
        self._inputs: dict[str, Input] = {}

    def compose(self) -> ComposeResult:
        longest = max((cell_len(text(name)) for name in self._settable), default=0)
        width = min(longest + 1, NAME_WIDTH)
        with Window() as window:
            window.corners("HYPERPARAMETERS", "", "Enter: apply", "Esc: cancel")
            for index, (name, spec) in enumerate(self._settable.items()):
                before = _plain(spec.get("value"))
                self._inputs[name] = Input(before, id=f"value-{index}", compact=True)
                with Horizontal(classes="value"):
                    label = Static(Content(text(name)), classes="name")
                    label.styles.width = width
                    yield label
                    yield self._inputs[name]
                    yield Static(Content.styled(_hint(spec), "$muted"), classes="hint")
            yield Static("", id="problem")
            with Horizontal(classes="buttons"):
                yield TextButton("cancel", "Cancel")
                yield TextButton("apply", "Apply", "bold $primary")

    @on(Input.Submitted)
    def _submitted(self) -> None:
        self._apply()

    @on(TextButton.Pressed)
    def _pressed(self, message: TextButton.Pressed) -> None:
        if message.name == "apply":
            self._apply()
        else:
            self.dismiss(None)

    def action_leave(self) -> None:
        self.dismiss(None)

    def _apply(self) -> None:
        wanted: dict[str, Any] = {}
        for name, widget in self._inputs.items():
            spec = self._settable[name]
            if widget.value.strip() == _plain(spec.get("value")):
                continue
            try:
                wanted[name] = parsed(spec, widget.value.strip())
            except ValueError as error:
                self._say(f"✗ {text(name)}: {error}")
                widget.focus()
                return
        if wanted:
            self.dismiss(wanted)
        else:
            self._say("Nothing was changed.")

    def _say(self, problem: str) -> None:
        self.query_one("#problem", Static).update(Content.styled(problem, "bold $error"))


def _plain(value: object) -> str:
    """A value as it is typed: without thousands separators."""
    if isinstance(value, float):
        return fmt.setting(value).replace(",", "").replace(fmt.MINUS, "-")
    return "" if value is None else str(value).lower() if isinstance(value, bool) else text(value)
