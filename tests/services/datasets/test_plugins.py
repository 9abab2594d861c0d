"""One of each pluggable thing, added by one file, is found everywhere."""

import subprocess
import sys
from pathlib import Path

import pytest

import services.datasets.formats as formats_package
import services.datasets.lint as lint_package
import services.datasets.readers as readers_package
import services.datasets.writers as writers_package
from services.datasets.registry_entry import mapping_of_entry

FORMAT = """
from services.datasets.conversation import Conversation, Turn
from services.datasets.formats import Guess, formats
from services.datasets.mapping import Mapping

class Faq:
    id, title, roles = "faq", "FAQ", ("prompt", "response")
    def guess(self, sample):
        if sample.columns != ["F", "A"]:
            return None
        return Guess(1.0, "an FAQ", Mapping(format="faq", columns={"prompt": "F", "response": "A"}), {})
    def conversation(self, values, mapping, notes):
        return Conversation((Turn("user", values["F"]), Turn("assistant", values["A"])))

formats.add("faq")(Faq())
"""
CHECK = """
from services.datasets.conversation import Problem
from services.datasets.lint import Check, checks, delete_row

class Shouting(Check):
    id, title = "shouting", "Shouting"
    def find(self, row, problems):
        return [Problem("shouting", "It shouts.", blocks=False)] if row.values["A"].isupper() else []
    def fix(self, row, problem):
        return delete_row(row)

checks.add("shouting")(Shouting)
"""
READER = """
from services.datasets.readers import Record, readers

class Faq:
    suffixes = (".faq",)
    def read(self, source):
        source.columns = ["F", "A"]
        for number, line in source.lines():
            yield Record(number, dict(zip(("F", "A"), line.rstrip("\\n").split("=>"))))

readers.add("faq")(Faq())
"""
WRITER = """
from services.datasets.writers import writers

class Faq:
    suffixes = (".faq",)
    def write(self, file, columns, rows):
        for row in rows:
            file.write("=>".join(row.values.values()).encode() + b"\\n")
        return []

writers.add("faq")(Faq())
"""
COMMANDS = [
    ["new", "p"],
    ["data", "add", "p", "x.faq", "--name", "x"],
    ["data", "lint", "p", "x", "--fix", "shouting"],
    ["data", "export", "p", "x", "y.faq"],
    ["data", "list", "p"],
]


@pytest.mark.parametrize("package", [formats_package, lint_package, readers_package, writers_package])
def test_folders_are_found_by_their_own_path(package: object) -> None:
    assert Path(package.__path__[0]).is_dir()  # type: ignore[attr-defined]


def test_one_file_each(tmp_path: Path) -> None:
    """In a process of its own, with folders of added files on the packages' paths."""
    start = ["import sys, pkgutil", "from pathlib import Path"]
    for package, text in (("formats", FORMAT), ("lint", CHECK), ("readers", READER), ("writers", WRITER)):
        folder = tmp_path / "added" / "services" / "datasets" / package
        folder.mkdir(parents=True)
        (folder / "faq.py").write_text(text, encoding="utf-8")
    # the added folder is put on each package's path before its siblings are looked for
    start += [
        "import services.registry as registry",
        "real = registry.load_siblings",
        "def wider(package, path):",
        f"    extra = Path({str(tmp_path / 'added')!r}).joinpath(*package.split('.'))",
        "    if extra.is_dir(): path.append(str(extra))",
        "    real(package, path)",
        "registry.load_siblings = wider",
        "from services.cli.main import main",
        f"for command in {COMMANDS!r}:",
        "    assert main(command) == 0, command",
    ]
    (tmp_path / "x.faq").write_text("What?=>This.\nWHY?=>BECAUSE.\n", encoding="utf-8")
    root = str(Path(__file__).parents[3])
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {root!r})\n" + "\n".join(start)],
        cwd=tmp_path, capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "format faq (an FAQ)" in done.stdout and "It shouts. [shouting]" in done.stdout
    assert "x  1 rows  faq" in done.stdout
    assert (tmp_path / "y.faq").read_text(encoding="utf-8") == "What?=>This.\n"


class TestRegistryEntries:
    """Entries of LLaMA-Factory's dataset_info.json."""

    def test_what_columns_does_not_list_is_absent(self) -> None:
        assert mapping_of_entry({}).columns == {"prompt": "instruction", "query": "input", "response": "output"}
        only = mapping_of_entry({"columns": {"prompt": "q", "response": "a"}})
        assert (only.format, only.columns) == ("alpaca", {"prompt": "q", "response": "a"})

    def test_what_tags_does_not_list_is_absent(self) -> None:
        tags = mapping_of_entry({"formatting": "sharegpt", "tags": {"role_tag": "role"}}).tags
        assert (tags.role_tag, tags.system_tag) == ("role", "")
        assert mapping_of_entry({"formatting": "sharegpt"}).tags.role_tag == "from"

    def test_kinds(self) -> None:
        assert mapping_of_entry({"columns": {"prompt": "text"}}).format == "text"
        assert mapping_of_entry({"formatting": "sharegpt", "ranking": True}).columns == {
            "messages": "conversations", "chosen": "chosen", "rejected": "rejected",
        }  # fmt: skip
        assert (
            mapping_of_entry({"formatting": "sharegpt", "columns": {"messages": "m", "kto_tag": "l"}}).format == "kto"
        )
        for wrong in ({"formatting": "xml"}, {"columns": ["a"]}, {"tags": {"role_tag": 1}}):
            with pytest.raises(ValueError):
                mapping_of_entry(wrong)
