"""The models page's list: models on this PC, then those on their way or that did not arrive."""

from collections.abc import Sequence

from desktop.controllers.downloads import PREFIX, Download
from desktop.models.side_list import SideItem
from desktop.times import clock, gigabytes
from services.catalogue import ModelEntry
from services.i18n import language, tr
from services.jobs.job import State


def size_words(entry: ModelEntry) -> str:
    """'135 million weights', '1.5 billion weights', or '' if unknown."""
    count = entry.parameters
    if language() == "zh" and count >= 1e4:  # Chinese counts in ten thousands and hundred millions
        return f"{count / 1e8:,.4g} 亿参数" if count >= 1e8 else f"{count / 1e4:,.0f} 万参数"
    if count >= 1e9:
        return tr("{n} billion weights", n=f"{count / 1e9:,.1f}")
    if count >= 1e6:
        return tr("{n} million weights", n=f"{count / 1e6:,.0f}")
    return tr("{n} weights", n=f"{count:,}") if count else ""


def model_items(entries: Sequence[ModelEntry], typed: str = "") -> list[SideItem]:
    """A heading with the size of all, then each model that has the typed words in its name."""
    found = [e for e in entries if typed.strip().lower() in e.id.lower()]
    if not found:
        return [SideItem("none", tr("Nothing is called that"), heading=True)] if typed.strip() else []
    whole = gigabytes(sum(e.size_bytes for e in found))
    return [SideItem("here", tr("On this PC"), note=whole, heading=True), *(_item(e) for e in found)]


def download_items(downloads: Sequence[Download]) -> list[SideItem]:
    """Headings and rows of what is on its way and of what did not arrive. Their ids: PREFIX and the model."""
    live, ended = [d for d in downloads if d.live], [d for d in downloads if not d.live]
    items = []
    if live:
        items += [SideItem("live", tr("Downloading"), heading=True), *(_on_its_way(d) for d in live)]
    if ended:
        items += [SideItem("ended", tr("Not arrived"), heading=True), *(_ended(d) for d in ended)]
    return items


def how_it_ended(download: Download) -> str:
    """A word for a download that is not under way."""
    words = {State.STOPPED: tr("was stopped"), State.FAILED: tr("did not arrive")}
    return words.get(download.summary.state, tr("was broken off"))


def _item(entry: ModelEntry) -> SideItem:
    problem = next((p for p in entry.problems if p.blocks), next(iter(entry.problems), None))
    size = gigabytes(entry.size_bytes) if entry.size_bytes else ""
    if problem is None:
        context = tr("{n} tokens long", n=f"{entry.context_len:,}") if entry.context_len else ""
        line = " · ".join(part for part in (size_words(entry), context) if part)
        return SideItem(entry.id, entry.name, line, size, "cube")
    icon, role = ("x-circle", "err") if problem.blocks else ("warning", "warn")
    line = _short(problem.code) or tr(problem.sentence, **problem.values)
    return SideItem(entry.id, entry.name, line, size, icon, role)


def _short(code: str) -> str:
    """A problem in a few words; its sentence, which names the folder first, would be cut before it says anything."""
    return {
        "missing": tr("its folder is gone"),
        "no-config": tr("no model is in it"),
        "no-weights": tr("its weights are missing"),
        "missing-weights": tr("some of its weights are missing"),
        "broken-weights": tr("its weights cannot be read"),
        "pickle-weights": tr("weights that can run code"),
        "gguf-only": tr("only GGUF, for chatting"),
        "no-tokenizer": tr("its tokenizer is missing"),
        "tokens-without-rows": tr("tokens without a row"),
        "own-code": tr("brings code of its own"),
    }.get(code, "")


def _on_its_way(download: Download) -> SideItem:
    summary = download.summary
    share = summary.step / summary.total if summary.total else 0.0
    if summary.total:
        words = [tr("{done} of {total}", done=gigabytes(summary.step), total=gigabytes(summary.total))]
    else:
        words = [tr("is starting")]
    if summary.remaining_s is not None and share < 1:
        words.append(tr("{time} left", time=clock(summary.remaining_s)))
    elif summary.total and share >= 1:
        words.append(tr("is being made ready"))
    return SideItem(
        PREFIX + download.model, download.name, " · ".join(words), f"{share:.0%}", "download-simple", share=share
    )


def _ended(download: Download) -> SideItem:
    icon, role = ("x-circle", "err") if download.summary.state is State.FAILED else ("warning", "warn")
    return SideItem(PREFIX + download.model, download.name, how_it_ended(download), "", icon, role)
