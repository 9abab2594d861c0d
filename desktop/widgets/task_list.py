"""Steps of a job that tick themselves, gates among them."""

from desktop.theme import size
from desktop.widgets.boxes import Box
from desktop.widgets.text import ElidedLabel, IconLabel, Label
from services.i18n import tr
from services.jobs import events as ev

_LOOK = {
    "running": ("spinner-gap", "accent", "text"),
    "done": ("check-circle", "ok", "text"),
    "failed": ("x-circle-fill", "err", "err"),
    "skipped": ("minus-circle", "text3", "text3"),
}


class TaskList(Box):
    """Shows Task events, each under its id, in the order in which they first came."""

    def __init__(self) -> None:
        super().__init__("v")
        self._tasks: dict[str, ev.Task] = {}
        self._began: dict[str, float] = {}
        self._lines = Box("v")
        self.add(self._lines).add("s")

    def take(self, event: ev.Task) -> None:
        """A step is somewhere else now."""
        self._began.setdefault(event.id, event.time)
        self._tasks[event.id] = event
        self.retranslate()

    def clear(self) -> None:
        """Forget everything."""
        self._tasks.clear()
        self._began.clear()
        self.retranslate()

    def states(self) -> dict[str, str]:
        """Id -> state."""
        return {i: t.state for i, t in self._tasks.items()}

    def retranslate(self) -> None:
        layout = self._lines.box
        while layout.count():
            entry = layout.takeAt(0)
            widget = entry.widget() if entry is not None else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for task_id, task in self._tasks.items():
            icon, role, ink = _LOOK.get(task.state, _LOOK["running"])
            line = Box("h")
            line.setFixedHeight(size("gate_row"))
            title = ElidedLabel(tr(task.title, **task.values), "strong" if task.state == "failed" else "body", ink)
            spent = task.time - self._began[task_id]
            note = "" if task.state == "running" else _spent(spent)
            line.add(IconLabel(icon, role)).add(10)
            line.add(title, 1)
            line.add(8).add(Label(note, "small", "text2"))
            self._lines.add(line)


def _spent(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02d}"
