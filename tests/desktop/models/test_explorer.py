"""The explorer's tree: a model that Qt's own tester accepts, changed row by row."""

import time
from dataclasses import replace

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QApplication

from desktop.models.explorer import ExplorerModel, NodeRole, NoteRole
from services.i18n import set_language
from services.jobs.job import State, Summary
from services.projects.contents import ChatItem, Contents, DatasetItem, DeployedItem

RUN = Summary("0007", "lora", "train", State.RUNNING, step=312, total=465)
CONTENTS = Contents(
    name="Lantern",
    datasets=(DatasetItem("support", 1240), DatasetItem("broken", None)),
    runs=(RUN, Summary("0006", "lora", "train", State.FINISHED, ended=time.time() - 7200)),
    models=("Qwen2.5",),
    deployed=(DeployedItem("lantern-support", "http://127.0.0.1:11434", "0006", "q4_k_m"),),
    chats=(ChatItem("a", "Refund wording", 2), ChatItem("b", "")),
)


def _rows(model: ExplorerModel, group: str) -> list[str]:
    parent = model.find(group)
    return [model.index(r, 0, parent).data() for r in range(model.rowCount(parent))]


def test_model_keeps_its_promises(app: QApplication, qtmodeltester) -> None:
    model = ExplorerModel()
    qtmodeltester.check(model)
    model.set_contents(CONTENTS)
    qtmodeltester.check(model)
    model.set_contents(replace(CONTENTS, datasets=CONTENTS.datasets[1:], runs=CONTENTS.runs[::-1]))
    qtmodeltester.check(model)


def test_groups_say_counts_and_states(app: QApplication) -> None:
    model = ExplorerModel()
    model.set_contents(CONTENTS)
    assert _rows(model, "data") == ["support", "broken"]
    assert model.find("data:support").data(NoteRole) == "1,240"
    assert model.find("data:broken").data(NoteRole) == ""
    assert model.find("run:0007").data(NoteRole) == "67%"
    assert model.find("run:0006").data(NoteRole) == "2 hours ago"
    assert model.find("run:0007").data() == "7  lora"
    assert _rows(model, "chats") == ["Refund wording", "New chat"]
    node = model.find("deployed:lantern-support").data(NodeRole)
    assert (node.kind, node.key) == ("run", "0006")


def test_a_step_moves_one_row(app: QApplication, qtbot) -> None:
    model = ExplorerModel()
    model.set_contents(CONTENTS)
    changed: list[str] = []
    model.dataChanged.connect(lambda top, _: changed.append(top.data()))
    model.set_contents(replace(CONTENTS, runs=(replace(RUN, step=465), CONTENTS.runs[1])))
    assert "7  lora" in changed and "6  lora" not in changed
    assert model.find("run:0007").data(NoteRole) == "100%"


def test_an_index_follows_its_thing(app: QApplication) -> None:
    model = ExplorerModel()
    model.set_contents(CONTENTS)
    kept = QPersistentModelIndex(model.find("run:0006"))
    new = Summary("0008", "lora", "train", State.WAITING)
    model.set_contents(replace(CONTENTS, runs=(new, *CONTENTS.runs)))
    assert kept.row() == 2 and kept.data() == "6  lora"
    model.set_contents(replace(CONTENTS, runs=(new,)))
    assert not kept.isValid()


def test_groups_cannot_be_chosen_and_things_can(app: QApplication) -> None:
    model = ExplorerModel()
    model.set_contents(CONTENTS)
    selectable = Qt.ItemFlag.ItemIsSelectable
    assert not model.flags(model.find("runs")) & selectable
    assert model.flags(model.find("run:0007")) & selectable
    assert model.flags(QModelIndex()) == Qt.ItemFlag.NoItemFlags
    assert not model.find("run:9999").isValid()


def test_it_speaks_chinese(app: QApplication) -> None:
    model = ExplorerModel()
    model.set_contents(CONTENTS)
    set_language("zh")
    model.retranslate()
    assert [model.index(r, 0).data() for r in range(5)] == ["数据", "训练", "模型", "已部署", "对话"]
    assert model.find("run:0006").data(NoteRole) == "2 小时前"
