"""What each panel shows, what its numbers mean, where they come from: the first part of the help.

To add a panel: an entry in PANELS with the name of its part, a paragraph a line.
"""

from __future__ import annotations

from typing import NamedTuple


class Explained(NamedTuple):
    """A panel in words."""

    title: str
    paragraphs: tuple[str, ...]


PANELS: dict[str, Explained] = {
    "stream": Explained("THE STREAM", (
        "Every line the trainer printed, as it printed it, cleaned of what moves a cursor. The "
        "first line says who started what, and where. Lines of the console itself are marked; "
        "they are not in the file of the output.",
        "On the border: how many lines there are, whether it follows the newest, how many lines"
        " look like errors and warnings, and how many are below what you see. “behind by 3 MB” "
        "means that the trainer prints faster than lines can be shown; nothing of it is lost.",
        "A click on the errors or warnings shows only those. Before a line, ◆ is a bookmark, ›"
        " where you went last, ▾ a traceback that Enter or a click folds.",
        "A filter shows single lines. ▸ before one of them: a traceback begins there, or right "
        "after it, as with a logged error. Enter or a click shows all its lines among the others; "
        "once more leaves those that pass the filter.",
    )),
    "loss": Explained("1 LOSS", (
        "The training loss as the trainer reports it by its hook, else as it is read from its "
        "lines or its files; the dotted line is its running mean, the dots are validations. The"
        " number on the border is the newest value, Δ is the mean of this epoch so far minus "
        "that of the epoch before.",
        "A vertical line is a change of a setting, or a place where the loss was not a finite "
        "number. A first part that would flatten the rest leaves the plot at the top, with its "
        "largest value.",
    )),
    "experts": Explained("2 EXPERTS", (
        "How much each expert is used: its share of the tokens times the number of experts, so "
        "that 100 % is a fair share. Below 80 % a bar is marked, below 60 % it is low. "
        "“coverage” is the mean with what is above 100 % cut off; “imbalance” is the standard "
        "deviation of the shares.",
        "It comes from the hook, or from lines that say it. Without either it says what is "
        "missing. While another chart has a cursor, the bars are those of that step.",
    )),
    "throughput": Explained("3 THROUGHPUT", (
        "Tokens a second, samples or steps where the trainer counts no tokens, over the last "
        "four minutes; the line is a mean over five seconds. The number on the border is the "
        "newest value, “avg” and “peak” are of these minutes. Below 80 % of the average it is "
        "marked as slow.",
        "While the run is paused or has ended, time stands still here.",
    )),
    "memory": Explained("4 MEMORY", (
        "Memory of every GPU from the driver, of the machine from the kernel, and how busy the "
        "processors are. A bar is what this trainer uses, what others use, and what is free; "
        "above 70 % and above 85 % it is marked. In a container the limit is that of the "
        "container. While another chart has a cursor, the bars are those of that moment, and are "
        "grey; — is what nobody recorded then.",
    )),
    "controls": Explained("THE CONTROLS", (
        "A button for every order. The line below says what became of the last one: sent, "
        "received by the trainer, done at a step, or why not. The state changes on the "
        "trainer's word alone.",
        "… waits for an answer, · cannot be given at the moment, – is not possible with this "
        "trainer; the reason stands below when the button has the focus.",
    )),
    "progress": Explained("PROGRESS", (
        "Where the run stands, from the trainer's own counts. Remaining time is a range, made "
        "from the pace of the last steps and of what stops them (validation, saving); ETA is "
        "its middle. “At risk” is the work that would be lost if the trainer died now: since "
        "the last checkpoint.",
        "A value that should have come again long ago is dim and says how old it is.",
    )),
    "config": Explained("THE CONFIGURATION", (
        "What the run really uses: the file as it was when it began, and what the trainer said "
        "of itself. Secrets are masked. If the file was edited since, the border says so.",
        "Enter opens a menu: view the whole file, edit it in your editor, compare and load a "
        "preset, save a template, apply what was edited. What applies now and what needs a "
        "restart is said for every setting.",
    )),
    "timeline": Explained("THE TIMELINE", (
        "What happened, the newest first: orders with who gave them, checkpoints, validations, "
        "changes of settings with old and new value, alerts and restarts. It is kept with the "
        "run.",
        "Enter goes to the line of the log, and takes the cursor of the charts to that moment; "
        "Esc drops it.",
    )),
    "overview": Explained("ALL RUNS", (
        "Every run of yours on this file system, those that are alive first. Loss and its small"
        " curve are over the whole run; “last step” is its age, for runs that are alive. ▲ "
        "counts alerts that are open. Runs of other hosts can be read, and are steered on their"
        " own host.",
    )),
}  # fmt: skip
