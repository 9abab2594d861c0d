"""What the screenshot tool can draw."""

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from desktop.widgets.boxes import Box, Card, HairLine, column, row
from desktop.widgets.buttons import Button, IconButton
from desktop.widgets.chip import Chip
from desktop.widgets.error_panel import ErrorPanel
from desktop.widgets.facts import FactRow, Facts
from desktop.widgets.inputs import ComboBox, DoubleSpinBox, LineEdit, SearchField, SpinBox, TextArea, mark_error
from desktop.widgets.progress import Bar
from desktop.widgets.segmented import Segmented
from desktop.widgets.switch import Switch
from desktop.widgets.text import ElidedLabel, Label, Paragraph
from services.i18n import language
from tests.helpers.screens import screen


def say(en: str, zh: str) -> str:
    """Sample words in the language in use."""
    return zh if language() == "zh" else en


@screen("gallery")
def gallery() -> QWidget:
    """Every shared widget in its states."""
    buttons = row("s", gap=8)
    buttons = row(gap=8)
    for kind in ("primary", "secondary", "ghost", "link", "tinted"):
        buttons.add(Button(say("Start training", "开始训练"), kind, "play"))
        off = Button(say("Disabled", "不可用"), kind)
        off.allow(False, "why")
        buttons.add(off)
    buttons.add(IconButton("arrow-u-up-left", "undo"))
    buttons.add("s")
    chips = row(gap=8)
    for kind in ("neutral", "tint", "outline", "dash", "warn", "err", "ok", "solid"):
        chips.add(Chip(say("Answer · trained", "回答 · 训练"), kind, "graduation-cap"))
    chips.add("s")
    wrong = LineEdit("lantern")
    mark_error(wrong, True)
    off_line = LineEdit("off")
    off_line.setEnabled(False)
    spin = SpinBox(value=4096)
    inputs = row(
        LineEdit(placeholder=say("Filter", "筛选")),
        wrong,
        off_line,
        spin,
        DoubleSpinBox(value=0.05),
        ComboBox([("a", say("all", "全部")), ("b", "b")]),
        SearchField(say("Find anything", "搜索任何内容")),
        gap=8,
    )
    card = Card(
        "v", [Label("Qwen2.5-1.5B-Instruct", "heading"), 4, Label(say("1.5 billion", "15 亿参数"), colour="text2")]
    )
    chosen = Card("v", [Label("LoRA", "heading"), 4, Label(say("rank 16", "秩 16"), colour="text2")])
    chosen.set_chosen(True)
    facts = Facts(
        [
            FactRow(say("Licence", "许可"), "Apache 2.0", note=say("read from /api", "读自 /api")),
            FactRow(say("Version", "版本"), "0.29.4", icon="x", icon_role="err", value_role="err"),
            FactRow(say("Time", "用时"), say("about 4 min", "约 4 分钟"), icon="timer", right=True),
        ]
    )
    area = TextArea("model_name_or_path: Qwen\nstage: sft\n", mono=True)
    area.setFixedHeight(70)
    page = column(
        Label(say("What should your model learn?", "想让模型学会什么？"), "hero"),
        8,
        Paragraph(
            say(
                "Bring examples of good answers. Everything stays on this PC. " * 3,
                "准备一些好回答作为样例。所有内容都只留在这台电脑上。" * 3,
            )
        ),
        16,
        buttons,
        16,
        chips,
        16,
        inputs,
        16,
        row(card, chosen, gap=16),
        16,
        row(
            Segmented([("s", say("Samples", "试答")), ("l", say("Log", "日志")), ("r", say("Recipe", "配方"))]),
            16,
            Segmented([("o", "Ollama"), ("g", "GGUF")], height=36),
            16,
            Switch(True, "a"),
            8,
            Switch(False, "b"),
            16,
            ElidedLabel("a very long name of a thing that will not fit in here at all " * 3),
        ),
        16,
        Bar([(312, "accent")], 465, height=6),
        8,
        Bar([(2.9, "m1"), (0.1, "m2"), (0.2, "m3"), (1.4, "m4"), (0.6, "m5")], 12, height=16),
        8,
        Bar([(14, "m2")], 16, mark=12),
        16,
        facts,
        16,
        ErrorPanel(
            say("The graphics card ran out of memory at step 3 of 465", "第 3 步时显存用完了"),
            say("Row 8 is unusually long.", "第 8 行特别长。"),
            say("Smaller bites", "每次少放几行"),
            closable=True,
        ),
        8,
        ErrorPanel(say("The card gets hot.", "显卡偏热。"), warn=True),
        16,
        HairLine(),
        8,
        area,
        "s",
        margins=(24, 24, 24, 24),
        fill="page",
    )
    holder = Box("v", [page])
    return holder


if TYPE_CHECKING:
    from desktop.main_window import MainWindow
    from services.projects.project import Project


def window(project: "Path | None" = None) -> "MainWindow":
    """A window of its own, with a card that is always the same."""
    from desktop.controllers.card_watch import CardNow
    from desktop.main_window import MainWindow

    made = MainWindow()
    made.frame.status.show_card(CardNow("RTX 4070", 5.1, 12.0, 61.0, gpu=True))
    if project is not None:
        made.open_project(project)
        wait_for(lambda: made.session.contents is not None)
    return made


def wait_for(test: object, longest_s: float = 10.0) -> None:
    """Let the window work until test() holds."""
    from PySide6.QtWidgets import QApplication

    end = time.monotonic() + longest_s
    while time.monotonic() < end and not test():  # type: ignore[operator]
        QApplication.processEvents()
        time.sleep(0.01)


def sample_project(name: str = "", *, jobs: bool = True) -> "Project":
    """A project with examples, two finished runs, one at work and an export that waits."""
    from services.jobs import events as ev
    from services.jobs.job import Job
    from services.jobs.journal import JournalWriter
    from services.jobs.kinds.train import TrainRequest
    from services.projects.project import Project

    project = Project.create(Path(tempfile.mkdtemp()) / (name or say("Lantern support", "Lantern 客服")))
    if not jobs:
        return project
    for hours in (26, 2):
        job = Job.create(project.jobs_dir, TrainRequest(name="lora"))
        journal = JournalWriter(job.journal_path)
        journal.append(ev.Started(attempt=1))
        journal.append(ev.Progress(step=465, total=465))
        ended = time.time() - 3600 * hours
        journal.append(ev.Finished(step=465, result={"eval_loss": 1.18}, time=ended))
        journal.close()
    return project


def at_work(project: "Project") -> None:
    """Let a run of the project look as if a worker was at it, and an export wait."""
    from services.jobs import events as ev
    from services.jobs.job import Job
    from services.jobs.journal import JournalWriter
    from services.jobs.kinds.export import ExportRequest
    from services.jobs.kinds.train import TrainRequest
    from services.locks import FileLock

    job = Job.create(project.jobs_dir, TrainRequest(name="lora"))
    journal = JournalWriter(job.journal_path)
    journal.append(ev.Started(attempt=1))
    journal.append(ev.Progress(step=312, total=465, remaining_s=76))
    journal.close()
    lock = FileLock(job.lock_path)
    lock.try_acquire()
    _locks.append(lock)
    Job.create(project.jobs_dir, ExportRequest(name="q4_k_m", run=job.id))


_locks: list[object] = []


def add_rows(project: "Project") -> None:
    """Bring the sample's rows in."""
    from services.datasets.importing import import_file
    from services.resources import resource

    import_file(project, [next(resource("sample").glob("*.csv"))], name=say("support", "客服问答"))


@screen("start")
def start() -> QWidget:
    """The start page with three projects of late."""
    from services.projects import recent

    recent._write([])
    for name, note, values, hours in (
        (say("Recipe cards", "家常菜谱"), "examples", {"rows": 312}, 24 * 20),
        (say("Meeting minutes", "会议纪要"), "deployed", {"name": "minutes-writer"}, 26),
        (say("Lantern support", "Lantern 客服"), "finished", {"run": "7", "eval_loss": 1.18}, 2),
    ):
        project = sample_project(name, jobs=False)
        entry = recent.RecentProject(str(project.folder), name, time.time() - 3600 * hours, note, values)
        recent._write([entry, *recent._read()])
    return window()


@screen("empty-project")
def empty_project() -> QWidget:
    """A project without anything in it."""
    return window(sample_project(jobs=False).folder)


@screen("busy")
def busy() -> QWidget:
    """A run at work, an export that waits, the list of jobs."""
    project = sample_project()
    add_rows(project)
    at_work(project)
    made = window(project.folder)
    made.open_page("jobs")
    wait_for(lambda: made.session.contents is not None and len(made.session.contents.runs) == 3)
    made.refresh()
    return made


@screen("error")
def error() -> QWidget:
    """An error on a page, another on the settings' own."""
    from services.errors import TunesmithError
    from services.i18n import N_

    made = window(sample_project().folder)
    page = made.open_page("jobs")
    assert page is not None
    page.show_error(
        TunesmithError(
            N_("The settings could not be saved: {reason}"),
            way_out=N_("Make {file} writable; until then the choice lasts as long as the window."),
            action="settings.open",
            reason="no space",
            file="settings.toml",
        )
    )
    return made


@screen("settings")
def settings() -> QWidget:
    """The settings page."""
    made = window(sample_project(jobs=False).folder)
    made.open_page("shortcuts")
    made.open_page("settings")
    return made


@screen("shortcuts")
def shortcuts() -> QWidget:
    """The shortcuts page."""
    made = window()
    made.open_page("shortcuts")
    return made


@screen("palette")
def palette() -> QWidget:
    """The palette over a project."""
    made = window(sample_project().folder)
    made.resize(1440, 900)
    made.frame.open_palette()
    return made


@screen("dialog")
def dialog() -> QWidget:
    """Show as command over a project."""
    from desktop.widgets.command_dialog import CommandDialog

    made = window(sample_project().folder)
    made.resize(1440, 900)
    CommandDialog(made, 'tunesmith train "Lantern support" recipe.yaml', "stage: sft\nlora_rank: 8\n" * 4).open()
    return made


@screen("machine")
def machine() -> QWidget:
    """What this PC can train."""
    made = window()
    made.resize(1440, 900)
    made.open_page("machine")
    return made


@screen("new-project")
def new_project() -> QWidget:
    """New project."""
    made = window()
    made.resize(1440, 900)
    made.open_page("new_project")
    return made


import tests.helpers.screen_data_files  # noqa: F401
import tests.helpers.screen_models  # noqa: F401 (registers its makers; it needs the helpers above)
import tests.helpers.screen_templates  # noqa: F401
import tests.helpers.screen_turns  # noqa: F401
import tests.helpers.screen_versions  # noqa: F401
