"""What the stream asks of the screen it stands on: its menu, files, bookmarks, what was chosen."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from textual import on, work

from console.core.format_text import text
from console.screens.choosing import Choosing, settings_of
from console.screens.commanding import Commanding
from console.screens.messages import SettingsChanged
from console.widgets.stream import Stream

if TYPE_CHECKING:
    from collections.abc import Callable

_ADVICE = {
    errno.ENOSPC: "free some space there, or start the screen in another folder",
    errno.EDQUOT: "your share of that disk is used up: free some of it, or start the screen in"
    " another folder",
    errno.EACCES: "start the screen in a folder you may write to",
    errno.EPERM: "start the screen in a folder you may write to",
    errno.EROFS: "start the screen in a folder that can be written to",
}
"""What to do about a file that could not be written where the person stands."""


class Streaming(Commanding):
    """A screen with a stream."""

    _preferred: tuple[bool, bool] | None = None

    def on_mount(self) -> None:
        self._prefer()
        self._load_marks()

    @on(SettingsChanged)
    def _prefer(self) -> None:
        """Follows and wraps as it was chosen, where that changed."""
        chosen = settings_of(self.app)
        wanted = (chosen.follow, chosen.wrap)
        if wanted != self._preferred:
            self._preferred = wanted
            self.stream().prefer(follow=chosen.follow, wrap=chosen.wrap)

    @on(Stream.Chosen)
    def _chosen_in_stream(self, message: Stream.Chosen) -> None:
        """Following and wrapping are kept for the next start."""
        message.stop()
        chosen = settings_of(self.app)
        follow = message.values.get("follow", chosen.follow)
        self._preferred = (follow, message.values.get("wrap", chosen.wrap))
        if isinstance(self.app, Choosing):
            self.app.change_settings(**message.values)

    @on(Stream.MenuRequested)
    def _menu_requested(self, message: Stream.MenuRequested) -> None:
        from console.screens import stream_menu

        message.stop()
        stream_menu.show(self.app, self.stream(), message.at)

    # files

    @on(Stream.ExportRequested)
    def _export_requested(self, message: Stream.ExportRequested) -> None:
        """Rows are to be written to a file."""
        message.stop()
        session, rows = self.session, message.rows
        if rows is not None and not len(rows):
            self.app.notify("nothing is written: there are no such lines", markup=False)
        elif session.export_rows is not None:
            export = session.export_rows
            self._export(lambda: export(message.what, message.clean, rows))
        elif session.export_log is not None and message.what == "all":
            self._export(session.export_log)
        else:
            self.app.notify("the log of this run cannot be exported from here", markup=False)

    @work(thread=True)
    def _export(self, export: Callable[[], str]) -> None:
        tell = self.app.call_from_thread
        try:
            tell(self.app.notify, export(), markup=False)
        except OSError as error:
            said = f"the log was not written: {why(error)}"
            tell(self.app.notify, said, severity="error", timeout=20.0, markup=False)

    # bookmarks

    @work(thread=True, exit_on_error=False)
    def _load_marks(self) -> None:
        rows = self.session.marks()
        if rows:
            self.app.call_from_thread(self.stream().take_marks, rows)

    @on(Stream.Marked)
    def _marked(self, message: Stream.Marked) -> None:
        message.stop()
        keep = self.session.keep_mark
        if keep is not None:
            self._keep_mark(lambda: keep(message.row, message.is_set))

    @work(thread=True)
    def _keep_mark(self, keep: Callable[[], None]) -> None:
        try:
            keep()
        except OSError as error:
            said = f"the bookmark lasts as long as this screen: {why(error, advice=False)}"
            self.app.call_from_thread(self.app.notify, said, severity="warning", markup=False)


def why(error: OSError, *, advice: bool = True) -> str:
    """Why a file could not be written, and what to do about it."""
    if error.strerror is None:
        return text(str(error))
    name = f": {text(str(error.filename))}" if error.filename is not None else ""
    known = _ADVICE.get(error.errno or 0) if advice else None
    return f"{text(error.strerror)}{name}{f'; {known}' if known else ''}"
