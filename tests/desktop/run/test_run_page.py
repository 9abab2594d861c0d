"""The run page in a real window: it is drawn from the journal, live or old; its buttons; its failures."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from desktop.views.run import RunPage
from services.i18n import N_
from services.jobs import events as ev
from services.jobs.job import State
from services.projects.project import Project
from tests.desktop.run.conftest import Run, loss


def opened(make_window, qtbot, project: Project, run: Run, points: int = 1) -> RunPage:
    """The page of a run in a new window, when so many points are drawn."""
    window = make_window(project.folder)
    page = window.open_page("run", run.id)
    qtbot.waitUntil(lambda: window.supervisor.summary(run.id) is not None, timeout=10_000)
    if points:
        qtbot.waitUntil(lambda: len(drawn(page)[0]) >= points, timeout=10_000)
    return page


def drawn(page: RunPage, name: str = "raw") -> tuple[np.ndarray, np.ndarray]:
    """What a curve of the big plot shows."""
    if name not in page.loss.plot.curve_names():
        return np.empty(0), np.empty(0)
    return page.loss.plot.curve(name)


def wheel(page: RunPage, at: float, turns: int) -> None:
    """Turn the wheel over a step."""
    plot = page.loss.plot
    place = QPointF(plot.x_of(at), plot.height() / 2)
    event = QWheelEvent(
        place,
        plot.viewport().mapToGlobal(place),
        QPoint(),
        QPoint(0, 120 * turns),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(plot.viewport(), event)


# ---- the curve -------------------------------------------------------------------------------------------------------


def test_the_curve_grows_while_the_run_is_at_work(make_window, qtbot, project, run: Run) -> None:
    run.start()
    page = opened(make_window, qtbot, project, run, points=0)
    assert page.loss.note() == "The curve begins here with the first step."
    run.steps(1, 30)
    qtbot.waitUntil(lambda: len(drawn(page)[0]) == 30, timeout=5000)
    assert page.loss.note() == "" and page.title() == "run 1"
    run.steps(31, 60)
    qtbot.waitUntil(lambda: len(drawn(page)[0]) == 60, timeout=5000)
    steps, values = drawn(page)
    assert steps.tolist() == list(range(1, 61))
    assert values.tolist() == [loss(s) for s in range(1, 61)]
    assert page.loss.plot.full == (0.0, 100.0), "the axis shows the steps that are planned"
    qtbot.waitUntil(lambda: page.small["learning_rate"].value() == "8.0e-5", timeout=5000)
    assert page.small["gpu_memory_gib"].isHidden(), "nothing was said of it"


def test_a_window_that_opens_later_shows_the_same_curve(make_window, qtbot, project, run: Run) -> None:
    run.start()
    run.steps(1, 60)
    page = opened(make_window, qtbot, project, run, points=60)
    live = {name: drawn(page, name) for name in page.loss.plot.curve_names()}
    page.main.close()
    run.end(ev.Finished(step=60, stopped=True))
    page = opened(make_window, qtbot, project, run, points=60)
    assert set(live) == {"raw", "smooth", "eval"} == set(page.loss.plot.curve_names())
    for name, (steps, values) in live.items():
        assert np.array_equal(drawn(page, name)[0], steps) and np.array_equal(drawn(page, name)[1], values)
    assert page._chip.text() == "stopped early"


def test_a_resumed_run_is_one_line(make_window, qtbot, project, run: Run) -> None:
    run.start()
    run.steps(1, 40)
    run.die()
    page = opened(make_window, qtbot, project, run, points=40)
    qtbot.waitUntil(lambda: page._chip.text() == "interrupted", timeout=5000)
    run.start(attempt=2, from_step=25)
    qtbot.waitUntil(lambda: len(drawn(page)[0]) == 25, timeout=5000)
    run.steps(26, 30)
    qtbot.waitUntil(lambda: len(drawn(page)[0]) == 30, timeout=5000)
    assert drawn(page)[0].tolist() == list(range(1, 31))
    assert page._where.text().startswith("step 30 of 100")


def test_hover_reads_every_curve_at_that_step(make_window, qtbot, project, run: Run) -> None:
    run.start()
    run.steps(1, 100)
    page = opened(make_window, qtbot, project, run, points=100)
    plot = page.loss.plot
    qtbot.mouseMove(plot.viewport(), QPoint(int(plot.x_of(60.4)), plot.height() // 2))
    qtbot.waitUntil(lambda: page.loss.card.isVisible(), timeout=2000)
    found = {r.name: r.value for r in page.loss.card.readings()}
    assert found["run 1, raw"] == f"{loss(60):.3f}"
    assert found["eval, step 50"] == f"{loss(50) + 0.1:.3f}"
    assert abs(float(found["run 1, smoothed"]) - loss(60)) < 0.02
    assert page.small["learning_rate"].value() == "8.0e-5"
    QApplication.sendEvent(plot, _leave())
    assert not page.loss.card.isVisible() and page.small["learning_rate"].value() == "0"


def _leave():
    from PySide6.QtCore import QEvent

    return QEvent(QEvent.Type.Leave)


def test_wheel_zooms_all_plots_and_a_double_click_shows_all(make_window, qtbot, project, run: Run) -> None:
    run.start()
    run.steps(1, 100)
    page = opened(make_window, qtbot, project, run, points=100)
    wheel(page, 80, 6)
    view = page.loss.plot.view
    assert view is not None and view[0] > 20 and view[0] < 80 < view[1]
    assert page.small["learning_rate"].plot.view == view
    run.steps(101, 101)
    qtbot.wait(300)
    assert page.loss.plot.view == view, "a new point does not take the view away"
    qtbot.mouseDClick(page.loss.plot.viewport(), Qt.MouseButton.LeftButton)
    assert page.loss.plot.view is None and page.small["learning_rate"].plot.view is None


def test_the_plot_answers_to_keys(make_window, qtbot, project, run: Run) -> None:
    run.start()
    run.steps(1, 100)
    page = opened(make_window, qtbot, project, run, points=100)
    plot = page.loss.plot
    plot.setFocus()
    qtbot.keyClick(plot, Qt.Key.Key_Right)
    qtbot.keyClick(plot, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert plot.step == 11.0 and page.loss.card.isVisible()
    qtbot.keyClick(plot, Qt.Key.Key_Plus)
    assert plot.view == (0.0, 50.0)
    qtbot.keyClick(plot, Qt.Key.Key_Minus)
    assert plot.view is None
    qtbot.keyClick(plot, Qt.Key.Key_Plus)
    qtbot.keyClick(plot, Qt.Key.Key_0)
    qtbot.keyClick(plot, Qt.Key.Key_Escape)
    assert plot.view is None and plot.step is None and not page.loss.card.isVisible()


def test_another_run_is_laid_over_and_taken_away(make_window, qtbot, project, make_run) -> None:
    old, new = make_run(), make_run()
    for run in (old, new):
        run.start()
        run.steps(1, 40)
    page = opened(make_window, qtbot, project, new, points=40)
    qtbot.mouseClick(page.loss.add_run, Qt.MouseButton.LeftButton)
    menu = QApplication.activePopupWidget()
    assert [a.text() for a in menu.actions()] == ["run 1"]
    menu.actions()[0].trigger()
    menu.close()
    assert len(drawn(page, "other:0001")[0]) == 40
    assert [r.name for r in page.loss.readings(30)] == [
        "run 2, smoothed",
        "run 2, raw",
        "run 1, smoothed",
        "eval, step 25",
    ]
    old.steps(41, 50)
    qtbot.waitUntil(lambda: len(drawn(page, "other:0001")[0]) == 50, timeout=5000)
    state = page.state()
    page.loss.overlay_removed.emit("0001")
    assert drawn(page, "other:0001")[0].size == 0
    page.restore(state)
    assert len(drawn(page, "other:0001")[0]) == 50


def test_a_page_behind_another_draws_when_it_is_shown(make_window, qtbot, project, make_run) -> None:
    first, second = make_run(), make_run()
    first.start()
    first.steps(1, 10)
    page = opened(make_window, qtbot, project, first, points=10)
    page.main.open_page("run", second.id)
    first.steps(11, 20)
    qtbot.waitUntil(lambda: len(page.controller.metrics().columns["loss"]) == 20, timeout=5000)
    qtbot.wait(300)
    assert len(drawn(page)[0]) == 10
    page.main.open_page("run", first.id)
    assert len(drawn(page)[0]) == 20


# ---- its side --------------------------------------------------------------------------------------------------------


def test_samples_stand_by_question_with_the_best_marked(make_window, qtbot, project, run: Run) -> None:
    run.start()
    run.say(ev.Sample(step=0, prompt="Who are you?", text="I am SmolLM.", label="before"))
    run.steps(1, 100, every=10)
    page = opened(make_window, qtbot, project, run, points=100)
    panel = page._samples
    qtbot.waitUntil(lambda: len(panel.answers()) == 11, timeout=5000)
    shown = lambda: [a.sample.step for a in panel.answers() if a.isVisible()]  # noqa: E731
    qtbot.waitUntil(lambda: shown() == [0, 60, 70, 80, 90, 100], timeout=2000)  # the first and the newest
    before = panel.answers()[0]
    panel.more_buttons()[0].click()
    assert all(a.isVisible() for a in panel.answers())
    run.steps(101, 110, total=110, every=10)
    qtbot.waitUntil(lambda: len(panel.answers()) == 12, timeout=5000)
    assert panel.answers()[0] is before, "what is there is not built anew"
    assert [a.is_best() for a in panel.answers()] == [False] * 11 + [True]


def test_the_log_is_followed_while_one_is_at_its_end(make_window, qtbot, project, run: Run) -> None:
    log = run.job.log_path
    log.write_bytes("".join(f"line {i}\n" for i in range(300)).encode())
    run.start()
    run.steps(1, 3)
    page = opened(make_window, qtbot, project, run)
    page.main.run_command("run.log")
    panel = page.log
    qtbot.waitUntil(lambda: "line 299" in panel.toPlainText(), timeout=3000)
    bar = panel.verticalScrollBar()
    with log.open("ab") as file:
        file.write("你好".encode()[:4])  # half a letter
        file.flush()
        panel._read()
        file.write("你好".encode()[4:] + b"\r 10%\r 20%\r")
        file.flush()
        panel._read()
        file.write(b"\nend\n")
    panel._read()
    assert panel.toPlainText().endswith("line 299\n你好\n 10%\n 20%\nend\n")
    assert bar.value() == bar.maximum()
    bar.setValue(0)
    with log.open("ab") as file:
        file.write(b"later\n")
    panel._read()
    assert bar.value() == 0 and "later" in panel.toPlainText()
    log.write_bytes(b"a new attempt\n")
    panel._read()
    assert panel.toPlainText() == "a new attempt\n"


def test_the_recipe_is_shown_as_yaml(make_window, qtbot, project, run: Run) -> None:
    page = opened(make_window, qtbot, project, run, points=0)
    qtbot.mouseClick(page._choice, Qt.MouseButton.LeftButton)
    page._show_side("recipe")
    assert "lora_rank: 16" in page._recipe.toPlainText()
    assert page.show_as_command()[1] == page._recipe.toPlainText()


# ---- buttons ---------------------------------------------------------------------------------------------------------


def test_pause_stop_and_resume_leave_what_they_say(make_window, qtbot, project, toy) -> None:
    window = make_window(project.folder)
    job = window.supervisor.submit(toy.ToyRequest(steps=400, step_s=0.02, every=50))
    page = window.open_page("run", job.id)
    qtbot.waitUntil(lambda: page.pause.isVisible() and len(drawn(page)[0]) > 3, timeout=30_000)
    assert page._chip.text() == "running" and not page.resume.isVisible()
    qtbot.mouseClick(page.pause, Qt.MouseButton.LeftButton)
    assert page.pause.text() == "Pausing…" and not page.pause.isEnabled() and not page.stop.isEnabled()
    qtbot.waitUntil(lambda: page._chip.text() == "paused", timeout=20_000)
    paused_at = window.supervisor.summary(job.id).step
    assert job.last_checkpoint() is not None
    assert page.resume.isVisible() and page.resume.text() == "Resume" and page.fills_primary
    qtbot.mouseClick(page.resume, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page._chip.text() == "running", timeout=20_000)
    assert page.pause.text() == "Pause"
    qtbot.waitUntil(lambda: window.supervisor.summary(job.id).step > paused_at, timeout=20_000)
    qtbot.mouseClick(page.stop, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page._chip.text() == "stopped early", timeout=20_000)
    steps, values = drawn(page)
    assert values.tolist() == toy.losses(len(steps)), "one line, as if nothing had happened"
    assert window.supervisor.summary(job.id).state is State.STOPPED


def test_a_waiting_run_leaves_the_queue(make_window, qtbot, project, toy) -> None:
    window = make_window(project.folder)
    first = window.supervisor.submit(toy.ToyRequest(steps=2000, step_s=0.02))
    qtbot.waitUntil(first.alive, timeout=30_000)
    second = window.supervisor.submit(toy.ToyRequest(steps=3))
    page = window.open_page("run", second.id)
    qtbot.waitUntil(lambda: page._chip.text() == "waiting", timeout=10_000)
    assert page._where.text() == "waits for its turn"
    assert not page.pause.isVisible() and page.stop.text() == "Take it out of the queue"
    qtbot.mouseClick(page.stop, Qt.MouseButton.LeftButton)
    from services.jobs import queue

    assert second.folder not in queue.waiting()
    first.ask("stop")
    qtbot.waitUntil(lambda: not first.alive(), timeout=20_000)


def test_a_failure_takes_the_top_and_shows_the_log(make_window, qtbot, project, run: Run) -> None:
    run.job.log_path.write_bytes(b"Traceback: the details\n")
    run.start()
    run.steps(1, 3)
    run.end(ev.Failed(sentence=N_("Step {step} needed more memory."), way_out=N_("Turn it down."), values={"step": 3}))
    page = opened(make_window, qtbot, project, run)
    qtbot.waitUntil(lambda: page.failure() is not None, timeout=5000)
    panel = page.failure()
    assert panel.sentence.accessibleName() == "Step 3 needed more memory."
    assert panel.cause.accessibleName() == "Turn it down."
    assert page.icon_name() == "warning-circle" and page.recipe.isVisible()
    assert page.resume.text() == "Start again", "there is no checkpoint to go on from"
    qtbot.mouseClick(panel.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "the details" in page.log.toPlainText(), timeout=3000)
    run.start(attempt=2)
    qtbot.waitUntil(lambda: page.failure() is None, timeout=5000)


def test_a_dead_worker_is_resumed_by_the_button_of_the_sentence(make_window, qtbot, project, toy) -> None:
    window = make_window(project.folder)
    job = window.supervisor.submit(toy.ToyRequest(steps=30, step_s=0.01, every=5, die_at=12))
    page = window.open_page("run", job.id)
    qtbot.waitUntil(lambda: page.failure() is not None or page._chip.text() == "interrupted", timeout=40_000)
    button = page.failure().button if page.failure() is not None else page.resume
    assert button.text() == "Resume"
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page._chip.text() == "finished", timeout=40_000)
    assert page.failure() is None
    page.redraw()
    assert drawn(page)[1].tolist() == toy.losses(30)


def test_what_can_be_done_with_a_finished_run(make_window, qtbot, project, run: Run) -> None:
    run.start()
    run.steps(1, 10, total=10, every=5)
    run.leave_weights()
    run.end(ev.Finished(step=10))
    page = opened(make_window, qtbot, project, run, points=10)
    qtbot.waitUntil(lambda: page.try_it.isVisible(), timeout=5000)
    assert page.export.isVisible() and not page.pause.isVisible() and not page.resume.isVisible()
    assert page._where.text() == "step 10 of 10 · just now" and page._where.toolTip()
    window = page.main
    assert not window.actions_.of("run.pause").isEnabled()
    assert window.actions_.of("run.pause").toolTip() == "Open a run that is at work."
    window.run_command("run.continue")
    training = window.page
    assert training.kind == "train"
    qtbot.waitUntil(lambda: training.recipe.adapter_name_or_path == "0001", timeout=5000)
    assert training.recipe.lora_rank == 16
    qtbot.wait(600)  # what the page reads when it opens does not take it away
    assert training.recipe.adapter_name_or_path == "0001"


def test_the_recipe_of_a_run_goes_to_the_form_and_comes_back(make_window, qtbot, project, make_run) -> None:
    run = make_run(lora_rank=64)
    window = make_window(project.folder)
    training = window.open_page("train")
    qtbot.wait(300)
    before = training.recipe
    page = window.open_page("run", run.id)
    window.run_command("run.recipe")
    assert window.page is training and training.recipe.lora_rank == 64
    window._toast.button.click()
    assert training.recipe.lora_rank == before.lora_rank != 64
    assert page.controller.recipe()["lora_rank"] == 64


def test_a_window_that_may_only_read_asks_for_nothing(make_window, qtbot, project, run: Run) -> None:
    make_window(project.folder)
    run.start()
    run.steps(1, 3)
    page = opened(make_window, qtbot, project, run)
    assert page.main.read_only
    qtbot.waitUntil(lambda: page.pause.isVisible(), timeout=5000)
    assert not page.pause.isEnabled() and page.pause.toolTip() == "Another window holds this project."
    page.main.run_command("run.pause")
    assert not (run.job.folder / "control" / "pause").exists()


def test_a_run_whose_folder_goes_says_so(make_window, qtbot, project, run: Run) -> None:
    import shutil

    run.say(ev.Started(attempt=1))
    page = opened(make_window, qtbot, project, run, points=0)
    qtbot.waitUntil(lambda: page._chip.text() != "", timeout=5000)
    run.journal.close()
    shutil.rmtree(run.job.folder)
    qtbot.waitUntil(lambda: page.banner.panel() is not None, timeout=5000)
    assert "is gone" in page.banner.panel().sentence.accessibleName()


@pytest.mark.parametrize("spoken", ["en", "zh"])
def test_it_speaks_both_languages(make_window, qtbot, project, run: Run, spoken: str) -> None:
    run.start()
    run.steps(1, 30)
    page = opened(make_window, qtbot, project, run, points=30)
    page.main.set_language(spoken)
    words = (page.pause.text(), page.stop.text(), page._chip.text(), page.loss.plot.accessibleName())
    english = ("Pause", "Stop and save", "running", "Loss curve")
    assert (words == english) == (spoken == "en")
