"""The dialog that starts a run: a configuration file, checked before anything is started."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from console.core.format_text import text
from console.screens.dialog import Window
from console.screens.messages import Attach
from console.screens.modal import Modal
from console.widgets.text_button import TextButton

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.screen import Screen

    from console.screens.session import House


REFUSALS = (OSError, RuntimeError, LookupError, ValueError)
"""What `House.start` and `House.stop` may raise; the text of it is for the person."""


def ask(screen: Screen[Any], house: House, path: str = "") -> None:
    """Asks which configuration to start, starts it, and shows the run."""

    async def begin(path: str) -> None:
        assert house.start is not None
        try:
            run = await house.start(path)
        except REFUSALS as error:
            screen.app.notify(str(error), severity="error", timeout=20.0, markup=False)
        else:
            screen.post_message(Attach(run))

    def chosen(path: str | None) -> None:
        if path is not None:
            screen.run_worker(begin(path))

    if house.start is not None:
        screen.app.push_screen(Start(house, path), chosen)


class Start(Modal[str | None]):
    """Answers the path of a configuration that can be started, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [("escape", "leave", "Close")]
    AUTO_FOCUS = "Input"

    def __init__(self, house: House, path: str = "") -> None:
        super().__init__()
        self._house, self._path = house, path

    def compose(self) -> ComposeResult:
        candidates = list(self._house.candidates())
        with Window() as window:
            window.corners("START A RUN", "", "Enter start", "Esc cancel")
            yield Static(Content("Configuration file, or the name of a preset:"))
            first = self._path or (candidates[0] if candidates else "")
            yield Input(first, id="path", compact=True)
            yield OptionList(
                *[Option(Content(text(path)), id=f"candidate-{i}")
                  for i, path in enumerate(candidates)],
                markup=False,
                compact=True,
            )  # fmt: skip
            yield Static("", id="problem")
            with Horizontal(classes="buttons"):
                yield TextButton("cancel", "Cancel")
                yield TextButton("start", "Start", "bold $primary")

    @on(OptionList.OptionSelected)
    def _chosen(self, message: OptionList.OptionSelected) -> None:
        self.query_one("#path", Input).value = str(message.option.prompt)
        self.query_one("#path").focus()

    @on(Input.Submitted)
    def _submitted(self) -> None:
        self._start()

    @on(TextButton.Pressed)
    def _pressed(self, message: TextButton.Pressed) -> None:
        if message.name == "start":
            self._start()
        else:
            self.dismiss(None)

    def action_leave(self) -> None:
        self.dismiss(None)

    def _start(self) -> None:
        path = self.query_one("#path", Input).value.strip()
        problem = self._house.check(path) if path else "give a file, or choose one below"
        if problem is None:
            self.dismiss(path)
            return
        lines = [text(line) for line in problem.splitlines()]
        shown = Content.styled("✗ " + "\n  ".join(lines), "bold $error")
        self.query_one("#problem", Static).update(shown)
