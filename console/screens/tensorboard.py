"""TensorBoard from the screen: starts it without holding anything up, and says how to reach it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from console.core.format_text import text
from console.screens.dialog import Dialog

if TYPE_CHECKING:
    from console.screens.commanding import Commanding
    from console.screens.session import Board

GROUP = "tensorboard"
BEGIN = "TensorBoard begins; that takes some seconds"


def show(screen: Commanding) -> None:
    """Opens the dialog as soon as TensorBoard serves; a second call meanwhile changes nothing."""
    ask = screen.session.tensorboard
    if ask is None:
        why = text(screen.session.read_only) or "there is no run"
        screen.app.notify(f"TensorBoard is not started from here: {why}", markup=False)
        return
    if any(worker.group == GROUP and worker.is_running for worker in screen.workers):
        screen.app.notify(BEGIN, markup=False)
        return

    async def begin() -> None:
        try:
            board = await ask()
        except (RuntimeError, OSError) as error:
            said = text(str(error))
            screen.app.notify(said, severity="error", timeout=20.0, markup=False)
            return
        if screen.app.screen is screen:
            _open(screen, board)
        else:
            screen.app.notify(f"TensorBoard is at {text(board.url)}", timeout=20.0, markup=False)

    screen.app.notify(BEGIN, timeout=10.0, markup=False)
    screen.run_worker(begin(), group=GROUP)


def lines(board: Board) -> list[str | Content]:
    """What is said of a TensorBoard that serves."""
    said: list[str | Content] = [Content.styled(text(board.url), "bold $primary"), ""]
    if board.tunnel:
        said += [
            "You are on this machine by SSH. On your own one, type this and leave it open,",
            "then open the address above there:", "",
            Content.styled(text(board.tunnel), "bold"), "",
        ]  # fmt: skip
    elif board.opened:
        said += ["A browser was opened.", ""]
    return [*said, *(text(note) for note in board.notes), text(board.lives), ""]


def copied(board: Board) -> str:
    """What goes to the clipboard: all that is typed elsewhere."""
    return "\n".join(filter(None, (board.tunnel, board.url)))


def _open(screen: Commanding, board: Board) -> None:
    copy = ("copy", "Copy again" if board.tunnel else "Copy", "")
    choices = [("cancel", "Close", ""), copy, ("end", "End TensorBoard", "$warning")]

    def answered(answer: str | None) -> None:
        if answer == "copy":
            screen.app.copy_to_clipboard(copied(board))
        elif answer == "end":
            _end(screen)

    screen.app.push_screen(Dialog("TENSORBOARD", lines(board), choices), answered)
    if board.tunnel:
        screen.app.copy_to_clipboard(copied(board))


def _end(screen: Commanding) -> None:
    end = screen.session.end_tensorboard

    async def ending() -> None:
        assert end is not None
        try:
            said = await end()
        except (RuntimeError, OSError) as error:
            screen.app.notify(text(str(error)), severity="error", markup=False)
        else:
            screen.app.notify(text(said), markup=False)

    if end is not None:
        screen.run_worker(ending(), group=GROUP)
