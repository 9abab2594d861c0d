"""What the screenshot tool can draw."""

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
