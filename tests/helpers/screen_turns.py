"""Pictures of the turn editor and of the inspector."""

from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QWidget

from tests.helpers.screens import screen, settle

if TYPE_CHECKING:
    from services.datasets.mapping import Mapping

_CALL = {"id": "c1", "type": "function", "function": {"name": "find_order", "arguments": '{"order": "LN-20418", }'}}
_TALK: list[dict[str, Any]] = [
    {"role": "system", "content": "You are the Lantern support desk. Be brief, be kind."},
    {"role": "user", "content": "Order LN-20418 never arrived. I want my money back.", "id": 7},
    {"role": "assistant", "content": None, "tool_calls": [_CALL]},
    {"role": "tool", "tool_call_id": "c1", "content": '{"state": "with the carrier since 3 November"}'},
    {"role": "assistant", "content": "The parcel has been with the carrier since 3 November. I have opened "
     "a search and will write again by Friday; if it is not found, you get your money back."},
    {"role": "user", "content": "وأين الرقم التسلسلي؟ 序列号在哪里？ 🙂"},
    {"role": "assistant", "content": "On the label under the box. It starts with LN and has ten digits.", "weight": 0},
    {"role": "user", "content": "Thanks!"},
]  # fmt: skip


def _page(rows: list[dict[str, Any]], mapping: "Mapping") -> tuple[Any, Any]:
    from services.datasets.store import DatasetStore
    from tests.helpers.screen_pages import sample_project, say, window

    project = sample_project()
    name = say("support", "客服问答")
    with DatasetStore.create(project.dataset_path(name)) as store:
        store.insert_rows(0, rows)
        store.set_mapping(mapping)
        store.save_version()
    made = window(project.folder)
    made.resize(1440, 900)
    made.show()
    page = made.open_page("dataset", name)
    for _ in range(8):
        settle()
        made.thread().msleep(60)
    return made, page


def _openai() -> "Mapping":
    from services.datasets.mapping import OPENAI_TAGS, Mapping

    return Mapping(format="openai", columns={"messages": "messages"}, tags=OPENAI_TAGS)


@screen("turns")
def turns() -> QWidget:
    """A conversation open, with a call that is no JSON, an answer that is not trained, and a question left open."""
    made, page = _page([{"messages": _TALK, "product": "L2", "note": "from the shop"}] * 3, _openai())
    page.tool("turns").open()
    for _ in range(8):
        settle()
        made.thread().msleep(60)
    return made


@screen("turns-pair")
def pair() -> QWidget:
    """Two answers to compare, in the editor and in the inspector."""
    from services.datasets.mapping import Mapping

    rows = [
        {
            "question": "Does the warranty cover a box I dropped?",
            "chosen": "A drop is not covered, but we repair it for a fixed price of 79 euros. Your drives are safe.",
            "rejected": "A drop is covered, and we repair it for a price of 790 euros. Your drives are lost.",
            "source": "mail",
        }
    ]  # fmt: skip
    roles = {"prompt": "question", "chosen": "chosen", "rejected": "rejected"}
    made, page = _page(rows * 4, Mapping(format="preference", columns=roles))
    page.tool("turns").open()
    for _ in range(8):
        settle()
        made.thread().msleep(60)
    return made


@screen("turns-inspector")
def inspector() -> QWidget:
    """The inspector of a row with a label, beside the table."""
    from services.datasets.mapping import Mapping

    rows = [
        {"question": "Where is the serial number?", "answer": "On the label under the box.", "label": True,
         "image": ["box.png"], "source": "mail of 3 November"},
        {"question": "What do I do?", "answer": "Read the manual.", "label": False, "image": [], "source": ""},
    ]  # fmt: skip
    roles = {"prompt": "question", "response": "answer", "kto_tag": "label", "images": "image"}
    made, _ = _page(rows * 4, Mapping(format="kto", columns=roles))
    for _ in range(8):
        settle()
        made.thread().msleep(60)
    return made
