"""The explorer's tree: five groups over plain objects."""

import itertools
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from desktop.theme import icon
from desktop.times import ago, exact
from desktop.words import state_icon, state_word
from services.i18n import tr
from services.jobs.job import State, Summary
from services.projects.contents import Contents

Index = QModelIndex | QPersistentModelIndex

NodeRole = Qt.ItemDataRole.UserRole
NoteRole = Qt.ItemDataRole.UserRole + 1


_numbers = itertools.count(1)


@dataclass(eq=False)
class Node:
    """A group or a thing in it. kind, key: the page it opens ('' for groups). note: at the right, short."""

    id: str
    text: str
    icon: str = ""
    icon_role: str = "text2"
    note: str = ""
    tip: str = ""
    kind: str = ""
    key: str = ""
    children: list["Node"] = field(default_factory=list)
    parent: "Node | None" = None
    number: int = field(default_factory=_numbers.__next__)
    """What a Qt index keeps of the node: a number, never its address."""

    def add(self, node: "Node") -> None:
        """Put a thing into a group."""
        node.parent = self
        self.children.append(node)


GROUPS = ("data", "runs", "models", "deployed", "chats")


def tree(contents: Contents) -> Node:
    """The tree of a project's contents, said in the language in use."""
    root = Node("root", contents.name)
    titles = {
        "data": tr("Data"),
        "runs": tr("Runs"),
        "models": tr("Models"),
        "deployed": tr("Deployed"),
        "chats": tr("Chats"),
    }
    groups = {g: Node(g, titles[g]) for g in GROUPS}
    for group in groups.values():
        root.add(group)
    for data in contents.datasets:
        note = "" if data.rows is None else f"{data.rows:,}"
        groups["data"].add(Node(f"data:{data.name}", data.name, "table", note=note, kind="dataset", key=data.name))
    for run in contents.runs:
        groups["runs"].add(_run(run))
    for name in contents.models:
        groups["models"].add(Node(f"model:{name}", name, "cube", kind="models", key=name))
    for item in contents.deployed:
        groups["deployed"].add(
            Node(
                f"deployed:{item.name}",
                item.name,
                "rocket-launch",
                tip=f"{item.host} · {item.quant}",
                kind="run",
                key=item.run,
            )
        )
    for chat in contents.chats:
        groups["chats"].add(
            Node(f"chat:{chat.id}", chat.title or tr("New chat"), "chat-circle", kind="chat", key=chat.id)
        )
    return root


def _run(run: Summary) -> Node:
    name, role = state_icon(run.state)
    number = run.id.lstrip("0")
    if run.state is State.RUNNING and run.total:
        note = f"{100 * run.step / run.total:.0f}%"
    elif run.state is State.FINISHED and run.ended:
        note = ago(run.ended)
    else:
        note = {State.FAILED: tr("stopped"), State.STOPPED: tr("early")}.get(run.state) or state_word(run.state)
    tip = state_word(run.state) + (f" · {exact(run.ended)}" if run.ended else "")
    return Node(f"run:{run.id}", f"{number}  {run.title}", name, role, note, tip, "run", run.id)


class ExplorerModel(QAbstractItemModel):
    """Adapts a tree of Nodes. set_contents() changes it without closing what is open: by id, row by row."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._contents = Contents()
        self._root = tree(self._contents)
        self._by_number = {n.number: n for n in self._root.children}

    def set_contents(self, contents: Contents) -> None:
        """Show a project's contents."""
        self._contents = contents
        wanted = tree(contents)
        self._root.text = wanted.text
        for have, want in zip(self._root.children, wanted.children, strict=True):
            have.text = want.text
            self._renew_group(have, want)
            self._say(have)

    def retranslate(self) -> None:
        """Say everything in the language in use."""
        self.set_contents(self._contents)

    def contents(self) -> Contents:
        """What is shown."""
        return self._contents

    def node(self, index: Index) -> Node:
        """The node of an index; the root for an invalid one."""
        return self._by_number.get(index.internalId(), self._root) if index.isValid() else self._root

    def find(self, node_id: str) -> QModelIndex:
        """The index of a node by its id; invalid if it is not there."""
        for group in self._root.children:
            for node in (group, *group.children):
                if node.id == node_id:
                    return self._index_of(node)
        return QModelIndex()

    def index(self, row: int, column: int, parent: Index = QModelIndex()) -> QModelIndex:  # noqa: B008
        if not self.hasIndex(row, column, parent):
            return QModelIndex()
        return self.createIndex(row, column, self.node(parent).children[row].number)

    def parent(self, index: Index = QModelIndex()) -> Any:  # noqa: B008
        node = self.node(index).parent if index.isValid() else None
        return QModelIndex() if node is None or node is self._root else self._index_of(node)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.column() > 0 else len(self.node(parent).children)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 1

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        if not self.node(index).kind:
            return Qt.ItemFlag.ItemIsEnabled
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        node = self.node(index)
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return node.text
            case Qt.ItemDataRole.DecorationRole:
                return icon(node.icon, node.icon_role) if node.icon else None
            case Qt.ItemDataRole.ToolTipRole:
                return node.tip or node.text
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{node.text} {node.note}".strip()
            case _:
                if role == NodeRole:
                    return node
                if role == NoteRole:
                    return node.note
        return None

    def _index_of(self, node: Node) -> QModelIndex:
        parent = node.parent
        return QModelIndex() if parent is None else self.createIndex(parent.children.index(node), 0, node.number)

    def _renew_group(self, have: Node, want: Node) -> None:
        place = self._index_of(have)
        wanted = {n.id: n for n in want.children}
        for row in range(len(have.children) - 1, -1, -1):
            if have.children[row].id not in wanted:
                self.beginRemoveRows(place, row, row)
                del self._by_number[have.children.pop(row).number]
                self.endRemoveRows()
        for row, node in enumerate(want.children):
            at = next((i for i, n in enumerate(have.children) if n.id == node.id), -1)
            if at < 0:
                self.beginInsertRows(place, row, row)
                node.parent = have
                have.children.insert(row, node)
                self._by_number[node.number] = node
                self.endInsertRows()
                continue
            if at != row:
                self.beginMoveRows(place, at, at, place, row)
                have.children.insert(row, have.children.pop(at))
                self.endMoveRows()
            same = have.children[row]
            new = (node.text, node.icon, node.icon_role, node.note, node.tip)
            if new != (same.text, same.icon, same.icon_role, same.note, same.tip):
                same.text, same.icon, same.icon_role, same.note, same.tip = new
                self._say(same)

    def _say(self, node: Node) -> None:
        index = self._index_of(node)
        self.dataChanged.emit(index, index)
