"""Steps of a job that tick themselves, gates among them."""

from desktop.theme import size
from desktop.widgets.boxes import Box
from desktop.widgets.text import ElidedLabel, IconLabel, Label, Text
from services.i18n import tr
from services.jobs import events as ev

_LOOK = {
    "waiting": ("circle-dashed", "text3", "text3"),
    "running": ("spinner-gap", "accent", "text"),
    "done": ("check-circle", "ok", "text"),
    "failed": ("x-circle-fill", "err", "err"),
    "skipped": ("minus-circle", "text3", "text3"),
}


class _Line(Box):
    """One step: its sign, its name, how long it took or what came of it."""

    def __init__(self) -> None:
        super().__init__("h")
        self.setFixedHeight(size("gate_row"))
        self.icon = IconLabel("circle-dashed", "text3")
        self.title = ElidedLabel("", "body", "text3")
        self.note = Label("", "small", "text2")
        self.add(self.icon).add(10).add(self.title, 1).add(8).add(self.note)


class TaskList(Box):
    """Shows Task events, each under its id. expect() names steps that are to come, under a heading."""

    def __init__(self) -> None:
        super().__init__("v")
        self._tasks: dict[str, ev.Task] = {}
        self._began: dict[str, float] = {}
        self._expected: dict[str, str] = {}
        self._lines: dict[str, _Line] = {}
        self._first, self._then = Box("v"), Box("v")
        self._heading = Label("", "small_strong", "text2")
        self._heading.setFixedHeight(size("gate_row") + 4)
        self.add(self._first).add(self._heading).add(self._then).add("s")
        self._heading.hide()

    def expect(self, heading: Text, tasks: list[tuple[str, str]]) -> None:
        """Show these (id, N_-marked title) as waiting, below what comes otherwise."""
        self._expected = dict(tasks)
        self._heading.set_text(heading)
        self._heading.setVisible(bool(tasks))
        for task_id in self._expected:
            self._show(task_id)

    def take(self, event: ev.Task) -> None:
        """A step is somewhere else now."""
        self._began.setdefault(event.id, event.time)
        self._tasks[event.id] = event
        self._show(event.id)

    def clear(self) -> None:
        """Forget everything."""
        for line in self._lines.values():
            line.hide()
            line.deleteLater()
        for known in (self._tasks, self._began, self._expected, self._lines):
            known.clear()
        self._heading.hide()

    def states(self) -> dict[str, str]:
        """Id -> state, in the order in which they stand."""
        waiting = {i: "waiting" for i in self._expected if i not in self._tasks}
        return {i: t.state for i, t in self._tasks.items()} | waiting

    def notes(self) -> dict[str, str]:
        """Id -> what stands at the right."""
        return {i: line.note.text() for i, line in self._lines.items()}

    def retranslate(self) -> None:
        for task_id in self._lines:
            self._show(task_id)

    def _show(self, task_id: str) -> None:
        line = self._lines.get(task_id)
        if line is None:
            line = self._lines[task_id] = _Line()
            (self._then if task_id in self._expected else self._first).add(line)
        task = self._tasks.get(task_id)
        state = task.state if task is not None else "waiting"
        icon, role, ink = _LOOK.get(state, _LOOK["running"])
        title, values = (task.title, task.values) if task is not None else (self._expected[task_id], {})
        line.icon.set_icon(icon, role)
        line.title.set_colour(ink)
        line.title.set_role("strong" if state == "failed" else "body")
        line.title.set_text(tr(title, **values))
        line.note.set_text(self._note(task_id, task))
        line.note.set_colour("err" if state == "failed" else "text2")
        line.setToolTip(tr(task.detail, **task.values) if task is not None and task.detail else "")
        line.setAccessibleName(f"{line.title.accessibleName() or tr(title, **values)}: {line.note.text() or state}")

    def _note(self, task_id: str, task: ev.Task | None) -> str:
        if task is None:
            return tr("waits")
        if task.state == "done":
            whole = round(task.time - self._began[task_id])
            return tr("passed") if task_id in self._expected else f"{whole // 60}:{whole % 60:02d}"
        return {"failed": tr("failed"), "skipped": tr("left out")}.get(task.state, "")
