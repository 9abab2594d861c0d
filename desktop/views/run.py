"""The page of a run: its curve as it grows, its small curves, its answers, and what can be done with it."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QTimer, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QMenu, QStackedWidget, QWidget

from desktop.actions import round_menu
from desktop.controllers.run import RunController, run_name, where
from desktop.theme import size
from desktop.views import pages
from desktop.views.page import Page
from desktop.widgets.boxes import Box, HairLine, row
from desktop.widgets.buttons import Button, IconButton
from desktop.widgets.chip import Chip
from desktop.widgets.error_panel import ErrorPanel
from desktop.widgets.inputs import TextArea
from desktop.widgets.log_panel import LogPanel
from desktop.widgets.loss_plot import LossPlot
from desktop.widgets.samples_panel import SamplesPanel
from desktop.widgets.segmented import Segmented
from desktop.widgets.small_plot import SmallPlot
from desktop.widgets.text import Label
from desktop.words import state_icon, state_word
from services.errors import TunesmithError
from services.i18n import tr
from services.jobs.job import State
from services.yaml import dump_yaml

if TYPE_CHECKING:
    from desktop.main_window import MainWindow

_REDRAW_MS = 200
_CHIP = {State.RUNNING: "tint", State.FAILED: "err", State.FINISHED: "tint", State.INTERRUPTED: "warn"}


def _small_plots() -> dict[str, tuple[str, SmallPlot]]:
    """Metric name -> (name in the journal, plot); those without points stay hidden."""
    return {
        "learning_rate": ("learning_rate", SmallPlot(lambda: tr("learning rate"), "", lambda v: f"{v:.1e}")),
        "grad_norm": ("grad_norm", SmallPlot(lambda: tr("gradient norm"), "", lambda v: f"{v:.2f}")),
        "tokens_per_s": (
            "tokens_per_s",
            SmallPlot(lambda: tr("speed"), lambda: tr("tokens/s"), lambda v: f"{v:,.0f}"),
        ),
        "gpu_memory_gib": ("gpu_memory_gib", SmallPlot(lambda: tr("GPU memory"), "GiB", lambda v: f"{v:.1f}")),
        "memory_gib": ("memory_gib", SmallPlot(lambda: tr("memory"), "GiB", lambda v: f"{v:.2f}")),
        "gpu_temperature_c": (
            "gpu_temperature_c",
            SmallPlot(lambda: tr("temperature"), "°C", lambda v: f"{v:.0f}", from_zero=False),
        ),
    }


@pages.add("run")
class RunPage(Page):
    """key: the job's id ('0007')."""

    kind = "run"
    icon = "chart-line"
    road_step = "train"
    fills_primary = False  # True while Resume is there
    inspector_width = size("samples_dock")

    def __init__(self, window: "MainWindow", key: str) -> None:
        super().__init__(window, key)
        self.controller = RunController(window, key)
        self._overlaid: list[str] = []
        self._failure: ErrorPanel | None = None
        self._failure_place = Box("v", margins=(24, 0, 24, 0))
        self._failure_place.hide()
        self.loss = LossPlot(run_name(key))
        self.loss.hovered.connect(self._hover)
        self.loss.overlay_wanted.connect(self._choose_overlay)
        self.loss.overlay_removed.connect(self._remove_overlay)
        self.small = _small_plots()
        self._build_header()
        self.content.addWidget(self._failure_place)
        self.content.addWidget(self.loss, 1)
        self.content.addSpacing(8)
        self.content.addWidget(HairLine())
        self.content.addSpacing(8)
        self._build_small()
        self._build_side()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_REDRAW_MS)
        self._timer.timeout.connect(self.redraw)
        if window.supervisor is not None:
            window.supervisor.events.connect(self._on_events)
        self._show_state()
        self.redraw()

    # --- what the window asks -------------------------------------------------------------------------------------

    def title(self) -> str:
        return run_name(self.key)()

    def icon_name(self) -> str:
        return "warning-circle" if self._failed() else self.icon

    def icon_role(self) -> str:
        return "err" if self._failed() else ""

    def inspector(self) -> QWidget:
        return self._side

    def show_as_command(self) -> tuple[str, str]:
        project = self.main.project
        folder = str(project.folder) if project is not None else "PROJECT"
        return (f'tunesmith train "{folder}" recipe.yaml', dump_yaml(self.controller.recipe()))

    def job_changed(self, job_id: str) -> None:
        if job_id == self.key:
            self._show_state()
            self._redraw_soon()

    def closing(self) -> None:
        self._timer.stop()
        if self.main.supervisor is not None:
            self.main.supervisor.events.disconnect(self._on_events)

    def state(self) -> dict[str, Any]:
        return {"overlaid": self._overlaid, "side": self._choice.current()}

    def restore(self, state: dict[str, Any]) -> None:
        self._overlaid = [str(i) for i in state.get("overlaid", [])]
        if state.get("side") in ("samples", "log", "recipe"):
            self._choice.set_current(state["side"])
            self._show_side(state["side"])
        self._lay_over()

    def retranslate(self) -> None:
        self._show_state()

    # --- what its commands ask ------------------------------------------------------------------------------------

    def can_be_asked(self) -> bool:
        """Whether it runs or waits."""
        summary = self.controller.summary()
        return summary is not None and summary.state in (State.RUNNING, State.WAITING)

    def can_resume(self) -> bool:
        """Whether there is something to go on with."""
        return self.controller.can_resume()

    def has_model(self) -> bool:
        """Whether it left weights and is not at work."""
        return not self.controller.running() and self.controller.has_model()

    def resume_run(self) -> None:
        """Go on from the last checkpoint."""
        self.run(self.controller.resume)

    def open_folder(self) -> None:
        """Show the run's folder in the file manager."""
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self.controller.job.folder)))

    def open_export(self) -> None:
        """Choose where this run goes."""
        self.main.open_page("export", self.key)

    # --- building -------------------------------------------------------------------------------------------------

    def _build_header(self) -> None:
        self._chip = Chip("")
        self._where = Label("", "body", "text2")
        self.pause = Button(lambda: tr("Pause"), icon="pause")
        self.stop = Button(lambda: tr("Stop and save"), icon="stop")
        self.resume = Button(lambda: tr("Resume"), "primary", icon="play")
        self.try_it = Button(lambda: tr("Try it"), icon="chat-circle")
        self.export = Button(lambda: tr("Export"), icon="export")
        more = IconButton("dots-three", lambda: tr("More"))
        more.clicked.connect(lambda: self._show_more(more))
        for button, command in (
            (self.pause, "run.pause"),
            (self.stop, "run.stop"),
            (self.resume, "run.resume"),
            (self.try_it, "run.try"),
            (self.export, "run.export"),
        ):
            button.clicked.connect(lambda _=False, command=command: self.main.run_command(command))
        head = row(
            Label(lambda: tr("Run {run}", run=self.key.lstrip("0")), "title"),
            12,
            self._chip,
            12,
            self._where,
            "s",
            *(self.pause, 8, self.stop, 8, self.resume, 8, self.try_it, 8, self.export, 8, more),
            margins=(24, 0, 16, 0),
        )
        head.setFixedHeight(size("page_header") + 8)
        self.content.addWidget(head)

    def _build_small(self) -> None:
        line = Box("h", margins=(24, 0, 24, 0), gap=20)
        for _, plot in self.small.values():
            plot.hovered.connect(self._hover)
            plot.hide()
            line.add(plot, 1)
        self.content.addWidget(line)
        self.content.addSpacing(16)

    def _build_side(self) -> None:
        self._choice = Segmented(
            [
                ("samples", lambda: tr("Samples")),
                ("log", lambda: tr("Log")),
                ("recipe", lambda: tr("Recipe")),
            ],
            name=lambda: tr("What is shown beside the curve"),
        )
        self._choice.changed.connect(self._show_side)
        self._samples = SamplesPanel()
        self._recipe = TextArea("", name=lambda: tr("Recipe"), mono=True)
        self._recipe.setReadOnly(True)
        self._stack = QStackedWidget()
        job = self.controller.job
        for widget in (self._samples, LogPanel(job.log_path), self._recipe):
            self._stack.addWidget(widget)
        self._side = Box("v")
        top = row(self._choice, "s", margins=(16, 14, 16, 14))
        self._side.add(top)
        self._side.add(self._stack, 1)

    # --- showing --------------------------------------------------------------------------------------------------

    def _failed(self) -> bool:
        summary = self.controller.summary()
        return summary is not None and summary.state is State.FAILED

    def _show_state(self) -> None:
        summary = self.controller.summary()
        if summary is None:
            return
        self._chip.set(
            lambda: state_word(summary.state), _CHIP.get(summary.state, "neutral"), state_icon(summary.state)[0]
        )
        self._where.set_text(lambda: where(summary))
        running = summary.state is State.RUNNING
        waiting = summary.state is State.WAITING
        self.pause.setVisible(running)
        self.stop.setVisible(running or waiting)
        self.fills_primary = self.controller.can_resume() and summary.state is not State.STOPPED
        self.resume.setVisible(self.fills_primary)
        usable = not running and self.controller.has_model()
        self.try_it.setVisible(usable)
        self.export.setVisible(usable)
        self._show_failure()
        self.title_changed.emit()
        self.changed.emit()

    def _show_failure(self) -> None:
        if self._failure is not None:
            self._failure.hide()
            self._failure.deleteLater()
            self._failure = None
        summary = self.controller.summary()
        failure = summary.failure if summary is not None and summary.state is State.FAILED else None
        self._failure_place.setVisible(failure is not None)
        if failure is None:
            return
        error = TunesmithError(failure.sentence, way_out=failure.way_out, action=failure.action, **failure.values)
        action: Callable[[], str] | str = (lambda: tr("Show the log")) if not failure.action else ""
        if failure.action == "job.resume":
            action = lambda: tr("Resume")  # noqa: E731
        self._failure = ErrorPanel.of(error, action, big=True)
        self._failure.acted.connect(lambda: self._mend(failure.action))
        self._failure_place.add(self._failure)

    def _mend(self, action: str) -> None:
        if not action:
            self.show_log()
        elif action == "job.resume":
            self.main.run_command("run.resume")
        else:
            self.main.run_command(action)

    def show_log(self) -> None:
        """Turn the side to the worker's log."""
        self._choice.set_current("log")
        self._show_side("log")

    def _show_side(self, choice: str) -> None:
        self._stack.setCurrentIndex(("samples", "log", "recipe").index(choice))
        if choice == "recipe":
            self._recipe.setPlainText(dump_yaml(self.controller.recipe()))

    def _on_events(self, job_id: str, _events: list[Any]) -> None:
        if job_id == self.key or job_id in self._overlaid:
            self._redraw_soon()

    def _redraw_soon(self) -> None:
        if not self._timer.isActive():
            self._timer.start()

    def redraw(self) -> None:
        """Draw what is known now."""
        metrics, summary = self.controller.metrics(), self.controller.summary()
        total = summary.total if summary is not None and "loss" in metrics.columns else 0
        self.loss.show_run(metrics, total)
        last = float(total)
        for column in metrics.columns.values():
            if len(column):
                last = max(last, float(column.steps[-1]))
        for name, plot in self.small.values():
            found = metrics.columns.get(name)
            has = found is not None and len(found) > 0
            plot.setVisible(has)
            if found is not None and has:
                plot.show_curve(found.steps, np.asarray(found.values), last)
        self._samples.show_samples(metrics)

    def _hover(self, step: float | None) -> None:
        self.loss.show_step(step)
        for _, plot in self.small.values():
            plot.show_step(step)

    # --- other runs -----------------------------------------------------------------------------------------------

    def _choose_overlay(self) -> None:
        menu = round_menu(QMenu(self))
        others = [(i, name) for i, name in self.controller.other_runs() if i not in self._overlaid]
        for job_id, name in others:
            menu.addAction(name(), partial(self._add_overlay, job_id))
        if not others:
            menu.addAction(tr("No other run has a curve yet")).setEnabled(False)
        button = self.loss.add_run
        menu.popup(button.mapToGlobal(button.rect().bottomLeft()))

    def _add_overlay(self, job_id: str) -> None:
        self._overlaid = [*self._overlaid, job_id][-2:]
        self._lay_over()

    def _remove_overlay(self, job_id: str) -> None:
        self._overlaid.remove(job_id)
        self._lay_over()

    def _lay_over(self) -> None:
        self.loss.set_others({i: (run_name(i), self.controller.metrics(i)) for i in self._overlaid})

    def _show_more(self, button: QWidget) -> None:
        menu = round_menu(QMenu(self))
        for command in ("run.save", "run.folder", "view.command"):
            if command in self.main.actions_:
                menu.addAction(self.main.actions_.of(command))
        menu.popup(button.mapToGlobal(button.rect().bottomLeft()))
