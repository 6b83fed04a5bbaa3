"""From the overview to two runs side by side: which two, and reading them in a thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from console.core.comparison import Side
    from console.screens.overview import Overview
    from console.screens.session import House


def begin(screen: Overview, house: House, chosen: str | None) -> None:
    """Compares the marked run with the chosen one; without a mark, marks the chosen one."""
    marked, read = screen.marked, house.side
    if read is None or chosen is None:
        screen.app.notify("there is nothing to compare here", markup=False)
        return
    if marked is None or marked == chosen:
        screen.mark(chosen)
        screen.app.notify("now choose another run: Enter or C compares", markup=False)
        return

    def look() -> None:
        try:
            found = read(marked), read(chosen)
        except (OSError, RuntimeError, LookupError, ValueError) as error:
            said = f"they cannot be compared: {error}"
            screen.app.call_from_thread(screen.app.notify, said, severity="error", markup=False)
        else:
            screen.app.call_from_thread(_show, screen, *found)

    screen.run_worker(look, thread=True, exit_on_error=False, group="compare", exclusive=True)


def _show(screen: Overview, a: Side, b: Side) -> None:
    from console.screens.compare import CompareScreen

    if screen.is_current:
        screen.mark(None)
        screen.app.push_screen(CompareScreen(a, b))
