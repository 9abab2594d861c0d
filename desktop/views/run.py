"""The page of a run: its curve as it grows, its small curves, its answers, and what can be done with it."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QMenu, QStackedWidget, QWidget

from desktop.actions import round_menu
from desktop.controllers.run import RunController, run_name, where
from desktop.theme import size
from desktop.times import exact
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
from services.i18n import N_, tr
from services.jobs import events as ev
from services.jobs.job import State
from services.yaml import dump_yaml

if TYPE_CHECKING:
    from desktop.main_window import MainWindow

_REDRAW_MS = 200
_VIEW_MS = 25  # a wheel turns in bursts
_CHIP = {State.RUNNING: "tint", State.FAILED: "err", State.FINISHED: "tint", State.INTERRUPTED: "warn"}
_SIDES = ("samples", "log", "recipe")


def _small_plots() -> dict[str, SmallPlot]:
    """By the metric's name in the journal; those without points stay hidden."""
    return {
        "learning_rate": SmallPlot(lambda: tr("learning rate"), "", _small_number),
        "grad_norm": SmallPlot(lambda: tr("gradient norm"), "", lambda v: f"{v:.2f}"),
        "tokens_per_s": SmallPlot(lambda: tr("speed"), lambda: tr("tokens/s"), lambda v: f"{v:,.0f}"),
        "gpu_memory_gib": SmallPlot(lambda: tr("GPU memory"), "GiB", lambda v: f"{v:.1f}"),
        "memory_gib": SmallPlot(lambda: tr("memory"), "GiB", lambda v: f"{v:.2f}"),
        "rewards/margins": SmallPlot(lambda: tr("reward margin"), "", lambda v: f"{v:.3f}", from_zero=False),
        "rewards/accuracies": SmallPlot(lambda: tr("better answer wins"), "", lambda v: f"{100 * v:.0f} %"),
        "kl": SmallPlot(lambda: tr("drift (KL)"), "", lambda v: f"{v:.3f}"),
        "gpu_temperature_c": SmallPlot(lambda: tr("temperature"), "°C", lambda v: f"{v:.0f}", from_zero=False),
    }


def _small_number(value: float) -> str:
    """'1.2e-4', '0'."""
    return f"{value:.1e}".replace("e-0", "e-").replace("e+0", "e") if value else "0"


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
        self._failed_for: ev.Failed | None = None
        self._asked = ""  # 'pause' or 'stop', until the worker has done it
        self._stale = False  # there is something to draw, and nobody sees it
        self._failure_place = Box("v", margins=(24, 0, 24, 12))
        self._failure_place.hide()
        self.loss = LossPlot(run_name(key))
        self.loss.hovered.connect(self._hover)
        self.loss.viewed.connect(self._look)
        self.loss.overlay_wanted.connect(self._choose_overlay)
        self.loss.overlay_removed.connect(self._remove_overlay)
        self.small = _small_plots()
        self._build_header()
        self.content.addWidget(self._failure_place)
        self.content.addWidget(self.loss, 1)
        self.content.addSpacing(8)
        self._build_small()
        self._build_side()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_REDRAW_MS)
        self._timer.timeout.connect(self.redraw)
        self._look_soon = QTimer(self)
        self._look_soon.setSingleShot(True)
        self._look_soon.setInterval(_VIEW_MS)
        self._look_soon.timeout.connect(self.redraw)
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

    def shown(self) -> None:
        if self._stale:
            self.redraw()

    def job_changed(self, job_id: str) -> None:
        if job_id == self.key:
            self._show_state()
            self._redraw_soon()

    def closing(self) -> None:
        self._timer.stop()
        self._look_soon.stop()
        if self.main.supervisor is not None:
            self.main.supervisor.events.disconnect(self._on_events)

    def state(self) -> dict[str, Any]:
        return {"overlaid": list(self._overlaid), "side": self._choice.current()}

    def restore(self, state: dict[str, Any]) -> None:
        self._overlaid = [str(i) for i in state.get("overlaid", [])]
        if state.get("side") in _SIDES:
            self._choice.set_current(state["side"])
            self._show_side(state["side"])
        self._lay_over()

    def retranslate(self) -> None:
        self._show_state()

    # --- what its commands ask ------------------------------------------------------------------------------------

    def can_be_asked(self) -> bool:
        """Whether it runs or waits, and nothing has been asked of it yet."""
        summary = self.controller.summary()
        able = summary is not None and summary.state in (State.RUNNING, State.WAITING)
        return able and not self._asked and not self.main.read_only

    def can_resume(self) -> bool:
        """Whether there is something to go on with."""
        return self.controller.can_resume() and not self.main.read_only

    def has_model(self) -> bool:
        """Whether it left weights and is not at work."""
        return not self.controller.running() and self.controller.has_model()

    def can_continue(self) -> bool:
        """Whether another run can go on with its adapter."""
        return self.controller.can_continue()

    def ask(self, command: str) -> None:
        """Ask the worker for 'pause', 'stop' or 'save'."""
        self.controller.ask(command)
        if command == "save":
            self.main.toast(lambda: tr("A checkpoint is written after this step."), icon="bookmark-simple")
        elif self.controller.running():
            self._asked = command
        self._show_state()

    def resume_run(self) -> None:
        """Go on from the last checkpoint."""
        self.banner.clear()
        self.resume.allow(False, lambda: tr("is starting"))
        self.run(self.controller.resume, lambda _: self.main.refresh_commands(), self._not_resumed)

    def change_recipe(self) -> None:
        """Take this run's recipe to the training page."""
        self.controller.take_recipe(self.controller.changed_recipe())

    def continue_run(self) -> None:
        """Make a recipe that goes on from this run's weights."""
        self.controller.take_recipe(self.controller.continued_recipe())

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
        self.pause = Button(lambda: tr("Pausing…") if self._asked == "pause" else tr("Pause"), icon="pause")
        self.stop = Button(self._stop_word, icon="stop")
        self.resume = Button(self._resume_word, "primary", icon="play")
        self.recipe = Button(lambda: tr("Change the recipe"), icon="sliders-horizontal")
        self.try_it = Button(lambda: tr("Try it"), icon="chat-circle")
        self.export = Button(lambda: tr("Export"), icon="export")
        self.more = IconButton("dots-three", lambda: tr("More"))
        self.more.clicked.connect(self._show_more)
        buttons = {
            "run.recipe": self.recipe,
            "run.pause": self.pause,
            "run.stop": self.stop,
            "run.try": self.try_it,
            "run.export": self.export,
            "run.resume": self.resume,
        }
        place = Box("h", gap=8)
        for command, button in buttons.items():
            button.clicked.connect(lambda _=False, command=command: self.main.run_command(command))
            place.add(button)
        head = row(
            Label(lambda: tr("Run {run}", run=self.key.lstrip("0")), "title"),
            12,
            self._chip,
            12,
            self._where,
            "s",
            place.add(self.more),
            margins=(24, 0, 16, 0),
        )
        head.setFixedHeight(size("page_header") + 8)
        self.content.addWidget(head)

    def _stop_word(self) -> str:
        if self._asked == "stop":
            return tr("Stopping…")
        return tr("Stop and save") if self.controller.running() else tr("Take it out of the queue")

    def _resume_word(self) -> str:
        return tr("Resume") if self.controller.metrics().checkpoints else tr("Start again")

    def _build_small(self) -> None:
        line = Box("h", margins=(24, 8, 24, 16), gap=20)
        for plot in self.small.values():
            plot.hovered.connect(self._hover)
            plot.viewed.connect(self._look)
            line.add(plot, 1)
        self._small_place = Box("v", (HairLine(), line))
        self.content.addWidget(self._small_place)

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
        self.log = LogPanel(self.controller.job.log_path)
        for widget in (self._samples, self.log, self._recipe):
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
            if self._chip.text():  # it was there before: somebody deleted its folder
                self.show_error(TunesmithError(N_("The folder of this run is gone.")))
            return
        state = summary.state
        running, waiting = state is State.RUNNING, state is State.WAITING
        if not running:
            self._asked = ""
        self._chip.set(lambda: state_word(state), _CHIP.get(state, "neutral"), state_icon(state)[0])
        self._where.set_text(lambda: where(summary))
        self._where.setToolTip(exact(summary.ended) if summary.ended is not None else "")
        left = self.main.read_only
        why = lambda: tr("Another window holds this project.") if left else tr("after this step")  # noqa: E731
        for button in (self.pause, self.stop):
            button.allow(not self._asked and not left, why)
            button.retranslate()
        self.pause.setVisible(running)
        self.stop.setVisible(running or waiting)
        # a stopped run has its model: going on with it is offered, and is not the one thing to do
        resumable, usable = self.controller.can_resume(), not running and self.controller.has_model()
        self.fills_primary = resumable and state is not State.STOPPED
        self.resume.set_kind("primary" if self.fills_primary else "secondary")
        self.resume.setVisible(resumable)
        self.resume.allow(not left, why)
        self.resume.retranslate()
        self.recipe.setVisible(state is State.FAILED)
        self.try_it.setVisible(usable)
        self.export.setVisible(usable)
        self.loss.say((lambda: tr("The curve begins here with the first step.")) if running or waiting else self._none)
        self._show_failure()
        self.title_changed.emit()
        self.changed.emit()

    def _none(self) -> str:
        return tr("This run ended before its first step.")

    def _not_resumed(self, error: Exception) -> None:
        self._show_state()
        self.show_error(error)

    def failure(self) -> ErrorPanel | None:
        """What is said of the error that ended it, if one did."""
        return self._failure

    def _show_failure(self) -> None:
        summary = self.controller.summary()
        failure = summary.failure if summary is not None and summary.state is State.FAILED else None
        if self._failure is not None and self._failed_for is failure:
            return
        if self._failure is not None:
            self._failure.hide()
            self._failure.deleteLater()
            self._failure = None
        self._failed_for = failure
        self._failure_place.setVisible(failure is not None)
        if failure is None:
            return
        error = TunesmithError(failure.sentence, way_out=failure.way_out, action=failure.action, **failure.values)
        action = failure.action
        text: Callable[[], str] | str = self.main.explain(error)[1] if action else lambda: tr("Show the log")
        if action == "job.resume":
            text = self._resume_word
        self._failure = ErrorPanel.of(error, text, big=True)
        self._failure.acted.connect(lambda: self._mend(action))
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
        self._stack.setCurrentIndex(_SIDES.index(choice))
        if choice == "recipe":
            self._recipe.setPlainText(dump_yaml(self.controller.recipe()))

    def _on_events(self, job_id: str, _events: list[Any]) -> None:
        if job_id == self.key or job_id in self._overlaid:
            self._redraw_soon()

    def _redraw_soon(self) -> None:
        if not self._timer.isActive():
            self._timer.start()

    def redraw(self) -> None:
        """Draw what is known now; a page that nobody sees waits until it is shown."""
        self._stale = not self.isVisible()
        if self._stale:
            return
        metrics, summary = self.controller.metrics(), self.controller.summary()
        total = summary.total if summary is not None and "loss" in metrics.columns else 0
        more = self.loss.show_run(metrics, total)
        last = float(total)
        for column in metrics.columns.values():
            last = max(last, float(column.last_step()))
        for name, plot in self.small.items():
            more |= plot.show_column(metrics.columns.get(name), last)
        bare = [p for name, p in self.small.items() if p.wants_plot(metrics.columns.get(name))]
        if bare:
            bare[0].make_plot(self.loss.plot.view)
            more = True
        self._small_place.setVisible(any(not plot.isHidden() for plot in self.small.values()))
        self._samples.show_samples(metrics)
        if more:  # a long run is taken in pieces, and the small plots are made one by one
            QTimer.singleShot(0, self, self.redraw)

    def _hover(self, step: float | None) -> None:
        self.loss.show_step(step)
        for plot in self.small.values():
            plot.show_step(step)

    def _look(self, view: tuple[float, float] | None) -> None:
        if self.loss.plot.view != view:
            self.loss.plot.look_at(view)
        for plot in self.small.values():
            plot.look_at(view)
        self._look_soon.start()

    # --- other runs -----------------------------------------------------------------------------------------------

    def _choose_overlay(self) -> None:
        menu = round_menu(QMenu(self))
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
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

    def _show_more(self) -> None:
        menu = round_menu(QMenu(self))
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for command in ("run.save", "run.recipe", "run.continue", "run.folder", "run.log", "view.command"):
            if command in self.main.actions_:
                menu.addAction(self.main.actions_.of(command))
        menu.popup(self.more.mapToGlobal(self.more.rect().bottomLeft()))
