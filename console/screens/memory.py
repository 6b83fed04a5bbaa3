"""Memory in detail over the screen: GPUs, machine and the trainer's processes. It only reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.content import Content
from textual.widgets import Static

from console.screens.modal import Modal
from console.screens.reading import Page
from console.widgets.memory_page import page

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from console.core.processes import ProcessReader, ProcessReading
    from console.screens.session import Session

REFRESH_SECONDS = 2.0


class MemoryScreen(Modal[None]):
    """Reads the processes in a thread, every two seconds, as long as it is open."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape,q,enter,4", "leave", "Close"),
        ("y,ctrl+c", "copy", "Copy"),
    ]
    AUTO_FOCUS = "Page"

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._reader: ProcessReader | None = None
        self._reading: ProcessReading | None = None
        self._why = ""
        self._lines: list[Content] = []

    def compose(self) -> ComposeResult:
        with Page() as frame:
            frame.corners("MEMORY", "", "y copy", "Esc close")
            yield Static()

    def on_mount(self) -> None:
        make, state = self._session.processes, self._session.link.state
        if state.ended:
            self._why = f"none: the run is {state.status}"
        elif make is None:
            self._why = "not known here: the run is on another machine"
        else:
            self._reader = make()
        self._look()
        self.set_interval(REFRESH_SECONDS, self._look)

    def on_resize(self) -> None:
        self.call_after_refresh(self._show)

    def on_unmount(self) -> None:
        if self._reader is not None:
            self.app.run_worker(self._reader.close, thread=True)

    def _look(self) -> None:
        self._show()
        if self._reader is not None:
            self.run_worker(self._read, thread=True, exit_on_error=False, group="processes")

    def _read(self) -> None:
        """In a thread; a reading that takes longer than the pause is not begun twice."""
        reader = self._reader
        if reader is None or len([w for w in self.workers if w.group == "processes"]) > 1:
            return
        try:
            found, why = reader.read(), ""
        except OSError as error:
            found, why = None, f"cannot be read: {error}"
        if self.is_attached:
            self.app.call_from_thread(self._take, found, why)

    def _take(self, found: ProcessReading | None, why: str) -> None:
        self._reading, self._why = found, why
        self._show()

    def _show(self) -> None:
        if not self.is_attached:
            return
        frame = self.query_one(Page)
        width = max(20, frame.size.width - 1)
        self._lines = page(self._session.link.state, self._reading, self._why, width)
        self.query_one(Static).update(Content("\n").join(self._lines))

    def action_leave(self) -> None:
        self.dismiss(None)

    def action_copy(self) -> None:
        self.app.copy_to_clipboard("\n".join(line.plain.rstrip() for line in self._lines))
