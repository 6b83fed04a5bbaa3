"""The stream: scrolling, searching, filtering, picking, marking, exporting."""

from __future__ import annotations

from tests.tour.route import Drag, Mouse, Stop, Wheel

FOCUS = Mouse("LIVE STREAM")
"""A click on the frame gives the stream the focus."""

MOVING = (
    Stop("five lines up", (FOCUS, "K", "K"), r"↓ [\d,]+ below +○ follow"),
    Stop("follow by its key", ("f",), r"● follow", not_see=r"below"),
    Stop("five lines up with Ctrl", ("ctrl+up", "ctrl+up"), r"↓ [\d,]+ below +○ follow"),
    Stop("follow by End", ("end",), r"● follow", not_see=r"below"),
    Stop("the wheel goes up", (Wheel("Throughput:", down=False),), r"below +○ follow"),
    Stop("follow by a click", (Mouse("○ follow"),), r"● follow", not_see=r"below"),
    Stop("stay by a click", (Mouse("● follow"),), r"○ follow"),
    Stop("a click on what is below", (Mouse("follow"), "pageup", Mouse(" below")), r"● follow"),
    Stop("a page up", ("pageup",), r"↓ [\d,]+ below"),
    Stop("a page down", ("pagedown",), r"○ follow|● follow"),
    Stop("the first line", ("home",), r"\[\S+@\S+ \S+\]\$ .*console\.trainers\.moe"),
    Stop(
        "a line down", ("down", "down"), not_see=r"\]\$ .*console\.trainers\.moe", see=r"○ follow"
    ),
    Stop("five lines down", ("J", "ctrl+down"), r"○ follow"),
    Stop("the scrollbar's end by End", ("end",), r"● follow", not_see=r"below"),
)

SEARCHING = (
    Stop("the search opens", (FOCUS, "/"), r"╰─+ / .*\.\*|/ +\.\* "),
    Stop("hits while it is typed", ("text:routing",), r"/ routing +\d+/\d+ +\.\*"),
    Stop("next hit from the bar", ("down",), r"/ routing +\d+/\d+"),
    Stop("Enter keeps it", ("enter",), r"/routing +\d+/\d+"),
    Stop("next hit", ("n",), r"\d+/\d+"),
    Stop("the hit before", ("N", "N"), r"below +○ follow"),
    Stop("Escape drops it", ("escape",), r"/ search", not_see=r"routing +\d+/\d+"),
    Stop("smart case: capitals count", ("ctrl+f", "text:ROUTING"), r"/ ROUTING +no hit"),
    Stop("a regular expression", ("escape", "/", "text:Loss: [3-5]\\.", "alt+r"),
         r"Loss: \[3-5\].* \d+/\d+ +\.\*"),
    Stop("a wrong one says why", ("text:(",), r"missing|unterminated|unbalanced"),
    Stop("the switch by a click", (Mouse(".*", dx=1),), r"no hit"),
    Stop("the search is left", ("escape",), r"/ search"),
    Stop("the search by a click", (Mouse("/ search"),), r"/ .*\.\*"),
    Stop("and left again", ("escape", FOCUS, "end"), r"● follow"),
)  # fmt: skip

FILTERING = (
    Stop("the filter", (FOCUS, "&", "text:WARN"), r"filtered: [\d,]+…? of [\d,]+"),
    Stop("Enter keeps it", ("enter",), r"&WARN"),
    Stop("Escape shows all", ("escape",), r"/ search", not_see=r"filtered:"),
    Stop("the filter by a click", (Mouse("& filter"), "text:Expert-7", "enter"), r"&Expert-7"),
    Stop("all by a click", (Mouse("Esc all"),), r"& filter", not_see=r"filtered:"),
    Stop("warnings only", (FOCUS, "L"), r"\[▲ [\d,]+ warnings?\]"),
    Stop("errors only", ("L",), r"\[✗ [\d,]+ errors?\]"),
    Stop("all levels", ("L",), r"& filter", not_see=r"filtered:"),
    Stop("warnings by a click", (Mouse(" warning", dx=2),), r"\[▲ [\d,]+ warnings?\]"),
    Stop("and off by a click", (Mouse("[▲ ", dx=3),), r"& filter", not_see=r"\[▲"),
    Stop("next error: there is none", ("!",), r"no error"),
)

PICKING = (
    Stop("up", (FOCUS, "K", "K", "K"), r"○ follow"),
    Stop("select by drag", (Drag("Epoch", "Throughput:"),), r"y copy  Esc leave"),
    Stop("copy by y", ("y",), r"copied", not_see=r"y copy  Esc"),
    Stop("select with the keys", ("space", "up", "up"), r"y copy  Esc leave"),
    Stop("copy by Ctrl+C", ("ctrl+c",), r"copied 3 lines|3 lines", not_see=r"y copy  Esc"),
    Stop("nothing selected: Ctrl+C tells the way out", ("ctrl+c",), r"q leaves, training goes on"),
    Stop("a word by Alt and double click", (Mouse("Loss:", button=8, times=2),), r"y copy  Esc"),
    Stop("and dropped", ("escape",), r"/ search", not_see=r"y copy  Esc"),
    Stop("a line by triple click", (Mouse("Loss:", times=3),), r"y copy  Esc leave"),
    Stop("dropped too", ("escape",), r"/ search", not_see=r"y copy  Esc"),
    Stop("copy all", ("Y",), r"copied [\d,]{3,} lines|[\d,]{3,} lines.*(OSC 52|file|clipboard)"),
)  # fmt: skip

MARKING = (
    Stop(
        "a bookmark by double click", (FOCUS, "K", "K", "K", Mouse("Throughput:", times=2)), r"│◆"
    ),
    Stop("taken away by double click", (Mouse("Throughput:", times=2),), "", not_see=r"│◆"),
    Stop("a bookmark by m", ("m",), r"│◆"),
    Stop("from the end", ("end",), r"● follow", not_see=r"│◆"),
    Stop("to the bookmark", ("'",), r"│◆"),
    Stop("wrap on", ("w", "."), r"Cut long lines"),
    Stop("wrap off", ("w", "."), r"Wrap long lines"),
    Stop("the menu closes", ("escape",), r"LIVE STREAM", not_see=r"Wrap long lines"),
    Stop("to the end", ("end",), r"● follow"),
    Stop("clear what is above", ("ctrl+l",), r"cleared, u shows"),
    Stop("and undo it", ("u",), r"\^L clear", not_see=r"cleared, u"),
    Stop("clear by a click", (Mouse("^L clear"),), r"cleared, u shows"),
    Stop("undo by a click", (Mouse("cleared, u"),), r"\^L clear", not_see=r"cleared, u"),
    Stop("menu by right click", ("K", "K", Mouse("Loss:", button=2)), r"─ LINE [\d,]+ ─.*"),
    Stop("copy the line", ("c",), r"copied", not_see=r"─ LINE "),
    Stop("menu by Shift+F10", ("shift+f10",), r"─ LINE [\d,]+ ─"),
    Stop("export from the menu", ("a",), r"(written|exported|log is in|\.log|\.txt)"),
    Stop("fold: there is no traceback", ("enter",), r"no traceback"),
    Stop("follows at the end", ("end",), r"● follow"),
)

STREAM = {
    "moving": MOVING,
    "searching": SEARCHING,
    "filtering": FILTERING,
    "picking": PICKING,
    "marking": MARKING,
}
