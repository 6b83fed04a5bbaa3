"""The dialog that exports a run into a folder: where, what, how far it is, and a way out.

Whatever looks at a disk or writes to it runs in a thread; the screen looks ten times a second how
far it is. The answer is what was written, or None.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Input, Static
from textual.worker import Worker, WorkerState

from console.core import format as fmt
from console.core.export_parts import (
    EVERYTHING,
    PARTS,
    RAW_WARNING,
    Cancelled,
    Exported,
    Exporter,
    Occupied,
    Place,
    Progress,
)
from console.core.format_text import text
from console.screens.dialog import Window
from console.screens.modal import Modal
from console.widgets.text_button import TextButton
from console.widgets.tick import Tick

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

TICK_SECONDS = 0.1
LABEL_WIDTH = max(len(part.label) for part in PARTS)
BAR_CELLS = 40
ASKING = ("EXPORT", "", "Enter export  Space choose", "Esc close")
WRITING = ("EXPORTING", "", "", "Esc cancel")

Asked = tuple[str, tuple[str, ...]]
"""A folder, and the parts for it."""


class ExportScreen(Modal[Exported | None]):
    """Asks where and what, and writes it."""

    BINDINGS: ClassVar[list[BindingType]] = [("escape", "leave", "Close")]
    AUTO_FOCUS = "Input"

    def __init__(self, exporter: Exporter, parts: Sequence[str] = EVERYTHING) -> None:
        super().__init__()
        self._exporter, self._parts = exporter, tuple(parts)
        self._place: Place | None = None
        self._replace = ""
        """The folder whose export the person wants replaced."""
        self._progress = Progress()
        self._is_writing = self._is_cancelled = False

    def compose(self) -> ComposeResult:
        with Window() as window:
            window.corners(*ASKING)
            with Vertical(id="asking"):
                with Horizontal(classes="value"):
                    yield Static("Folder ", classes="name")
                    yield Input(id="folder", compact=True, select_on_focus=False)
                yield Static("")
                for part in PARTS:
                    yield Tick(
                        f"{part.label:<{LABEL_WIDTH}}", on=part.id in self._parts,
                        note=part.help, name=part.id,
                    )  # fmt: skip
                yield Static("", id="room")
                yield Static("", id="why")
            with Vertical(id="writing"):
                yield Static("", id="how-far")
            with Horizontal(classes="buttons"):
                yield TextButton("cancel", "Cancel")
                yield TextButton("export", "Export", "bold $primary")

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one("#writing").display = False
        self.set_interval(TICK_SECONDS, self._tick)
        self._in_thread("folder", self._exporter.folder)

    def on_unmount(self) -> None:
        self._is_cancelled = True

    # what is asked for

    @property
    def _asked(self) -> Asked:
        chosen = tuple(tick.name or "" for tick in self.query(Tick) if tick.on)
        return self.query_one(Input).value, chosen

    @on(Input.Changed)
    @on(Tick.Changed)
    def _changed(self) -> None:
        self._place = None
        self._replace = ""
        self._say("")
        self._look()

    @on(Input.Submitted)
    def _submitted(self) -> None:
        self._export()

    @on(TextButton.Pressed)
    def _pressed(self, message: TextButton.Pressed) -> None:
        if message.name == "export" and not self._is_writing:
            self._export()
        else:
            self.action_leave()

    def action_leave(self) -> None:
        """Closes; while it is written that has to end first."""
        if self._is_writing:
            self._is_cancelled = True
            self._tick()
        else:
            self.dismiss(None)

    def _look(self) -> None:
        folder, parts = self._asked
        look = self._exporter.look
        self._in_thread("look", lambda: ((folder, parts), look(folder, parts)))

    def _show_place(self, asked: Asked, place: Place) -> None:
        """What was found of a folder, unless another was typed meanwhile."""
        if asked != self._asked or self._is_writing:
            return
        self._place = place
        free = "" if place.free is None else f", {fmt.size(place.free)} free"
        room = f"about {fmt.size(place.needed)}{free}"
        self.query_one("#room", Static).update(Content.styled(room, "$muted"))
        if place.problem:
            takes = ": Enter takes it" if place.suggestion else ""
            self._say(f"✗ {place.problem}{takes}", "bold $error")
        elif "raw" in asked[1]:
            self._say(f"▲ {RAW_WARNING}", "$warning")
        elif not self._replace:
            self._say("")

    def _export(self) -> None:
        folder, parts = self._asked
        place = self._place
        if not parts:
            self._say("✗ choose what to export: Space on a line", "bold $error")
            return
        if place is not None and place.suggestion:
            self.query_one(Input).value = place.suggestion
            return
        force = bool(self._replace) and self._replace == folder
        self._is_writing, self._is_cancelled = True, False
        self._progress = Progress()
        self._show_writing(True)
        write, tell = self._exporter.write, self._tell
        self._in_thread("write", lambda: write(folder, parts, force=force, tell=tell))

    # while it is written

    def _tell(self, progress: Progress) -> bool:
        """Called in the thread that writes."""
        self._progress = progress
        return not self._is_cancelled

    def _tick(self) -> None:
        if self._is_writing:
            self.query_one("#how-far", Static).update(self._how_far())

    def _how_far(self) -> Content:
        found = self._progress
        full = round(found.share * BAR_CELLS)
        if self._is_cancelled:
            said = "cancelling: what was written goes away again"
        else:
            said = text(found.file) if found.file else "reading the run"
        return Content.assemble(
            ("█" * full, "$primary"), ("░" * (BAR_CELLS - full), "$muted"),
            f" {fmt.percent(100 * found.share, 0)}  {fmt.size(found.done)}\n\n", (said, "$muted"),
        )  # fmt: skip

    def _show_writing(self, is_writing: bool) -> None:
        self.query_one("#asking").display = not is_writing
        self.query_one("#writing").display = is_writing
        self.query_one("#do-export").display = not is_writing
        self.query_one("#do-cancel" if is_writing else Input).focus()
        self.query_one(Window).corners(*(WRITING if is_writing else ASKING))
        self._tick()

    # what came of it

    def _in_thread(self, name: str, call: Callable[[], object]) -> None:
        self.run_worker(
            call, name=name, group=name, thread=True, exclusive=True, exit_on_error=False
        )

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """A thread has ended."""
        worker = event.worker
        if event.state is WorkerState.SUCCESS:
            if worker.name == "folder":
                self.query_one(Input).value = str(worker.result)
            elif worker.name == "look" and worker.result is not None:
                self._show_place(*worker.result)
            elif worker.name == "write" and isinstance(worker.result, Exported):
                self.dismiss(worker.result)
        elif event.state is WorkerState.ERROR and worker.error is not None:
            self._failed(worker.name, worker.error)

    def _failed(self, name: str, error: BaseException) -> None:
        if name != "write":
            self._say(f"✗ {error}", "bold $error")
            return
        self._is_writing = False
        self._show_writing(False)
        if isinstance(error, Occupied):
            self._replace = self._asked[0]
            self._say(f"▲ {error}: Enter again replaces it", "bold $warning")
        elif isinstance(error, Cancelled):
            self._say(str(error), "$muted")
        else:
            self._say(f"✗ {getattr(error, 'strerror', None) or error}", "bold $error")

    def _say(self, said: str, style: str = "") -> None:
        shown = Content.styled(text(said), style) if said else Content("")
        self.query_one("#why", Static).update(shown)


def summary(made: Exported) -> str:
    """What the person is told of an export that is written."""
    files = "1 file" if made.files == 1 else f"{fmt.number(made.files)} files"
    said = [f"exported: {files}, {fmt.size(made.bytes)}, in {text(made.folder)}"]
    return "\n".join([*said, *map(text, made.notes)])
