"""What can be done with the configuration: view, edit, preset, template. A menu over the panel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import SuspendNotSupported
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Input, Static

from console.core.format_text import text
from console.core.reloading import Difference, judged
from console.screens import reloading
from console.screens.dialog import CANCEL, Dialog, Window
from console.screens.menu import Entry, Menu
from console.screens.messages import Attach
from console.screens.modal import Modal
from console.widgets.text_button import TextButton

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.geometry import Offset

    from console.screens.commanding import Commanding
    from console.screens.configurations import Configurations

MOST_PRESETS = 40
FAILURES = (OSError, ValueError, RuntimeError)


def show(screen: Commanding, at: Offset | None = None) -> None:
    """The menu, where it was asked for."""
    files = screen.session.configurations()
    why = "this run has no files here" if files is None else ""
    read_only = screen.session.read_only
    entries = [
        Entry("view", "View the whole file", "v"),
        Entry("edit", "Edit it in your editor", "e", why or read_only or _not_edit(files)),
        Entry("preset", "Load a preset…", "p", why or read_only),
        Entry("template", "Save as a template…", "t", why),
        Entry("reload", "Compare with the file, apply", "r", _no_file(screen)),
    ]
    name = text(screen.session.link.state.configuration.filename or "configuration")

    def answered(name: str | None) -> None:
        if name is not None:
            ACTIONS[name](screen)

    screen.app.push_screen(Menu(f"CONFIG {name}", entries, at=at), answered)


def _not_edit(files: Configurations | None) -> str:
    return "" if files is None else files.why_not_edit()


def _no_file(screen: Commanding) -> str:
    known = screen.session.link.state.configuration.filename
    return "" if known is not None else "this run has no configuration file"


def _say(screen: Commanding, said: str, *, bad: bool = False) -> None:
    lines = "\n".join(text(line) for line in said.splitlines())
    screen.app.notify(lines, severity="warning" if bad else "information", markup=False)


def view(screen: Commanding) -> None:
    """The whole file."""
    from console.screens import viewing

    viewing.view(screen)


def edit(screen: Commanding) -> None:
    """The file in the person's editor; back with what differs."""
    files = screen.session.configurations()
    why = "this run has no files here" if files is None else screen.session.read_only
    if files is None or why or (why := files.why_not_edit()):
        _say(screen, f"Edit: {why}", bad=True)
        return
    try:
        files.editor()
        with screen.app.suspend():  # it gives the terminal back only where nothing is raised in it
            failure = _edited(files)
    except SuspendNotSupported:
        _say(screen, f"Edit {files.path} elsewhere, then press r here", bad=True)
        return
    except FAILURES as error:
        _say(screen, f"Edit: {error}", bad=True)
        return
    screen.app.refresh(layout=True)
    if failure:
        _say(screen, f"Edit: {failure}", bad=True)
    else:
        reloading.reload(screen)


def _edited(files: Configurations) -> str:
    """What went wrong in the editor; empty when nothing did."""
    try:
        files.edit()
    except FAILURES as error:
        return str(error) or type(error).__name__
    return ""


def preset(screen: Commanding) -> None:
    """One of the presets, compared with what this run began with."""
    files = screen.session.configurations()
    why = "this run has no files here" if files is None else screen.session.read_only
    if files is None or why:
        _say(screen, f"Presets: {why}", bad=True)
        return
    try:
        names = list(files.presets())[:MOST_PRESETS]
    except FAILURES as error:
        _say(screen, f"Presets: {error}", bad=True)
        return
    if not names:
        _say(screen, "There are no presets: put YAML files into configs/ here", bad=True)
        return
    entries = [Entry(str(index), name) for index, name in enumerate(names)]

    def answered(index: str | None) -> None:
        if index is not None:
            _compare(screen, files, names[int(index)])

    screen.app.push_screen(Menu("PRESETS", entries, foot="Enter compare"), answered)


def _compare(screen: Commanding, files: Configurations, name: str) -> None:
    """What a preset would change, and what can be done with it."""
    try:
        found = judged(files.compare(name), screen.session.link.state)
    except FAILURES as error:
        _say(screen, f"{name}: {error}", bad=True)
        return
    lines = _preset_lines(found)
    begin, write = (
        ("start", "Start a new run", "bold $primary"),
        ("write", "Write to the file…", ""),
    )
    choices = [("cancel", "Close", ""), begin, *([] if files.why_not_edit() else [write])]

    def answered(answer: str | None) -> None:
        if answer == "start":
            _start(screen, files, name)
        elif answer == "write":
            _write(screen, files, name)

    screen.app.push_screen(Preset(f"PRESET {text(name)}", lines, choices), answered)


class Preset(Dialog):
    """A preset and what can be done with it."""


def _preset_lines(found: list[Difference]) -> list[str | Content]:
    if not found:
        return ["It says what this run began with.", ""]
    head = Content.styled("What this run began with → the preset:", "$muted")
    return [head, "", *reloading.difference_lines(found), ""]


def _start(screen: Commanding, files: Configurations, name: str) -> None:
    async def begin() -> None:
        try:
            run = await files.start(name)
        except FAILURES as error:
            _say(screen, f"no new run was started: {error}", bad=True)
        else:
            screen.post_message(Attach(run))

    screen.run_worker(begin(), group="preset", exclusive=True)


def _write(screen: Commanding, files: Configurations, name: str) -> None:
    """Asks, and writes the preset into the file of this run."""
    lines = [
        f"{text(files.path)} is replaced by {text(name)}.",
        "What it says now is kept beside it; this run keeps what it began with.",
        "",
    ]

    def answered(answer: str | None) -> None:
        if answer != "write":
            return
        try:
            _say(screen, files.write(name))
        except FAILURES as error:
            _say(screen, f"nothing was written: {error}", bad=True)
        else:
            reloading.reload(screen)

    choices = (CANCEL, ("write", "Write", "bold $primary"))
    screen.app.push_screen(Dialog("WRITE TO THE FILE", lines, choices), answered)


class Naming(Modal[str | None]):
    """Asks for a name."""

    BINDINGS: ClassVar[list[BindingType]] = [("escape", "leave", "Close")]
    AUTO_FOCUS = "Input"

    def __init__(self, title: str, question: str, name: str, save: Callable[[str], str]) -> None:
        """`save` does it, and returns what is wrong with the name, or nothing."""
        super().__init__()
        self._title, self._question, self._first, self._save = title, question, name, save

    def compose(self) -> ComposeResult:
        with Window() as window:
            window.corners(self._title, "", "Enter save", "Esc cancel")
            yield Static(Content(self._question))
            yield Input(self._first, id="path", compact=True)
            yield Static("", id="problem")
            with Horizontal(classes="buttons"):
                yield TextButton("cancel", "Cancel")
                yield TextButton("save", "Save", "bold $primary")

    @on(Input.Submitted)
    def _submitted(self) -> None:
        self._try()

    @on(TextButton.Pressed)
    def _pressed(self, message: TextButton.Pressed) -> None:
        if message.name == "save":
            self._try()
        else:
            self.dismiss(None)

    def action_leave(self) -> None:
        self.dismiss(None)

    def _try(self) -> None:
        name = self.query_one(Input).value
        if problem := self._save(name):
            said = Content.styled(f"✗ {text(problem)}", "bold $error")
            self.query_one("#problem", Static).update(said)
        else:
            self.dismiss(name)


def template(screen: Commanding) -> None:
    """The configuration of this run under a name of its own, in the person's folder."""
    files = screen.session.configurations()
    if files is None:
        _say(screen, "Template: this run has no files here", bad=True)
        return

    there: list[str] = []

    def save(name: str) -> str:
        try:
            _say(screen, files.save_template(name))
        except FileExistsError as error:
            there.append(str(error))
        except FAILURES as error:
            return str(error)
        return ""

    def answered(name: str | None) -> None:
        if name is not None and there:
            _overwrite(screen, files, name, there[-1])

    question = "The configuration as this run began, with its comments, without its secrets. Name:"
    naming = Naming("SAVE AS A TEMPLATE", question, files.template_name(), save)
    screen.app.push_screen(naming, answered)


def _overwrite(screen: Commanding, files: Configurations, name: str, said: str) -> None:
    def answered(answer: str | None) -> None:
        if answer != "replace":
            return
        try:
            _say(screen, files.save_template(name, overwrite=True))
        except FAILURES as error:
            _say(screen, f"no template was saved: {error}", bad=True)

    choices = (CANCEL, ("replace", "Replace it", "$error"))
    asked = Dialog("SAVE AS A TEMPLATE", [text(said), ""], choices)
    screen.app.push_screen(asked, answered)


ACTIONS: dict[str, Callable[[Any], None]] = {
    "view": view,
    "edit": edit,
    "preset": preset,
    "template": template,
    "reload": reloading.reload,
}
