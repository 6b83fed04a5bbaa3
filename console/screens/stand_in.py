from __future__ import annotations

from textual.containers import Container

from console.widgets.frame import Framed


class _Stand(Framed, Container, can_focus=True):
    TITLE = ""

    def on_mount(self):
        self.corners(self.TITLE, "value", "range", "best")

    def show(self, state):
        pass

    def show_series(self, source):
        pass

    def show_rows(self, source):
        pass


class LossChart(_Stand):
    TITLE = "1 LOSS"


class ExpertChart(_Stand):
    TITLE = "2 EXPERTS"


class ThroughputChart(_Stand):
    TITLE = "3 THROUGHPUT"


class MemoryChart(_Stand):
    TITLE = "4 MEMORY"
