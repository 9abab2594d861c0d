"""One of each pluggable thing, added by one file and by nothing else, is found everywhere.

The program is copied, the files are dropped into the copy's folders, and the copy is asked in processes of its own.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.tiny_model import make_tiny_model

ROOT = Path(__file__).resolve().parents[2]

FILES = {
    "services/datasets/formats/toy.py": """
from services.datasets.conversation import Conversation, Turn
from services.datasets.formats import Guess, formats
from services.datasets.mapping import Mapping

class Toy:
    id, title, roles = "toy", "Toy", ("prompt",)
    def guess(self, sample):
        mapping = Mapping(format="toy", columns={"prompt": "said"})
        return Guess(1.0, "a toy", mapping, {}) if "said" in sample.columns else None
    def conversation(self, values, mapping, notes):
        return Conversation((Turn("user", str(values["said"])), Turn("assistant", "Toy.")))

formats.add("toy")(Toy())
""",
    "services/datasets/converting/toy.py": """
from services.datasets.converting import targets
from services.datasets.mapping import Mapping

class Toy:
    title, mapping = "Toy", Mapping(format="toy", columns={"prompt": "said"})
    def rows(self, talk, lose):
        yield {"said": talk.turns[0].content}

targets.add("toy")(Toy())
""",
    "services/datasets/lint/toy.py": """
from services.datasets.conversation import Problem
from services.datasets.lint import Check, checks

@checks.add("toy-check")
class ToyCheck(Check):
    id, title = "toy-check", "Toy"
    def find(self, row, problems):
        return [Problem("toy-check", "a toy was here", blocks=False)]
""",
    "services/jobs/kinds/toy.py": """
from typing import ClassVar
from services.jobs.requests import JobRequest, kinds

@kinds.add("toy")
class ToyRequest(JobRequest):
    kind: ClassVar[str] = "toy"
    worker: ClassVar[str] = "services.workers.toy"
    count: int = 1
""",
    "services/workers/toy.py": """
from services.workers.shell import worker_main

def work(context):
    return {"counted": context.job.request.count}

main = worker_main(work)
if __name__ == "__main__":
    raise SystemExit(main())
""",
    "services/cli/commands/toy.py": """
import click
from services.cli.commands import commands

@commands.add("toy")
@click.command("toy", help="A toy.")
def toy():
    click.echo("toy says hello")
""",
    "resources/templates/toy.yaml": """
title: "Toy"
user: "[toy asks] {{content}} "
generation: "[toy says] "
assistant: "{{content}}<|im_end|>"
stop_words: ["<|im_end|>"]
""",
    "services/engine/stages/toy.py": """
from services.engine.stages import stages

@stages.add("toy")
def run(run):
    return {"toy": True}
""",
    "services/engine/methods/toy.py": """
from services.engine.methods import methods

@methods.add("toy")
class Toy:
    def prepare(self, model, recipe, start_from): return model
    def save(self, model, folder): ...
    def load(self, model, folder): ...
""",
    "services/engine/exams/toy.py": """
from services.engine.exams import exams
from services.engine.exams._exam import MultipleChoice

exams.add("toy")(MultipleChoice(title="Toy", header="Toys: {subject}.\\n", cue="Pick:"))
""",
    "services/export/targets/toy.py": """
from services.export.targets import targets

class ToyTarget:
    needs, title, order = "gguf", "Toy", 5
    def check(self, options): ...
    def deliver(self, context, made): return {"toy": made.name}

targets.add("toy")(ToyTarget())
""",
    "services/chat/servers/toy.py": """
from services.chat.server import servers

@servers.add("toy")
class ToyServer:
    title, default_url, keyed = "Toy", "http://127.0.0.1:1", False
    def __init__(self, url, key=""): ...
    def models(self): return ["toy"]
    def stream(self, request, cancel=None): yield from ()
    def close(self): ...
""",
    "desktop/views/toy.py": """
from desktop.views import pages
from desktop.views.page import Page

@pages.add("toy")
class ToyPage(Page):
    kind = "toy"
""",
    "desktop/commands/toy.py": """
from desktop.commands import Command, add

add(Command("toy.play", lambda: "Play", run=lambda window: None, menu="help", shortcut="Ctrl+Alt+P"))
""",
}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the program with the files in it."""
    folder = tmp_path_factory.mktemp("程序 copy")
    for room in ("desktop", "services", "resources"):
        shutil.copytree(ROOT / room, folder / room, ignore=shutil.ignore_patterns("__pycache__"))
    for path, text in FILES.items():
        assert not (folder / path).exists(), f"{path} is taken"
        (folder / path).write_text(text.lstrip(), encoding="utf-8")
    return folder


def ask(copy: Path, code: str, *arguments: str) -> str:
    """Run code in the copy; the copy comes before the checkout on the import path."""
    environment = {**os.environ, "PYTHONPATH": str(copy), "PYTHONUTF8": "1", "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=copy, env=environment, capture_output=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def cli(copy: Path, *arguments: str) -> str:
    return ask(copy, "import sys; from services.cli.main import main; sys.exit(main(sys.argv[1:]))", *arguments)


@pytest.mark.parametrize(
    ("registry", "item"),
    [
        ("services.datasets.formats:formats", "toy"),
        ("services.datasets.converting:targets", "toy"),
        ("services.datasets.lint:checks", "toy-check"),
        ("services.jobs.kinds:kinds", "toy"),
        ("services.cli.commands:commands", "toy"),
        ("services.engine.stages:stages", "toy"),
        ("services.engine.methods:methods", "toy"),
        ("services.engine.exams:exams", "toy"),
        ("services.export.targets:targets", "toy"),
        ("services.chat.servers:servers", "toy"),
    ],
)
def test_it_is_in_its_registry(copy: Path, registry: str, item: str) -> None:
    module, name = registry.split(":")
    if registry == "services.jobs.kinds:kinds":
        name = "_kinds"
        code = "import services.jobs.kinds; from services.jobs.requests import kinds as _kinds"
    else:
        code = f"from {module} import {name}"
    assert item in json.loads(ask(copy, f"import json; {code}; print(json.dumps({name}.ids()))"))


def test_the_command_is_in_help_and_runs(copy: Path) -> None:
    assert "A toy." in cli(copy, "--help")
    assert cli(copy, "toy") == "toy says hello\n"


def test_the_job_kind_is_read_from_its_folder_and_run(copy: Path, tmp_path: Path) -> None:
    code = """
import sys
from pathlib import Path
from services.jobs.job import Job
from services.jobs.requests import load_request
from services.jobs.launch import worker_command
import subprocess
job = Job.create(Path(sys.argv[1]), load_request({"kind": "toy", "count": 3}))
subprocess.run(worker_command(job), check=True)
print(Job(job.folder).summary().result)
"""
    assert ask(copy, code, str(tmp_path / "jobs")).strip() == "{'counted': 3}"


def test_the_format_is_proposed_and_the_check_finds(copy: Path, tmp_path: Path) -> None:
    (tmp_path / "toys.json").write_text('[{"said": "one"}, {"said": "two"}]', encoding="utf-8")
    cli(copy, "new", str(tmp_path / "p"))
    cli(copy, "data", "add", str(tmp_path / "p"), str(tmp_path / "toys.json"), "--name", "toys")
    assert "toy" in cli(copy, "data", "list", str(tmp_path / "p"), "--json")
    assert "a toy was here" in cli(copy, "data", "lint", str(tmp_path / "p"), "toys")


def test_the_exam_is_sat(copy: Path, tmp_path: Path) -> None:
    model = make_tiny_model(tmp_path / "m")
    (tmp_path / "blocks.csv").write_text("question,A,B,C,D,answer\nWhich?,1,2,3,4,B\n", encoding="utf-8")
    cli(copy, "new", str(tmp_path / "p"))
    code = """
import sys, json
from pathlib import Path
from services.jobs.job import Job
from services.jobs.kinds.exam import ExamRequest
from services.workers.exam import work
from services.workers.shell import run_job
request = ExamRequest(asked=sys.argv[2], task="toy", data=sys.argv[3], n_shot=0)
job = Job.create(Path(sys.argv[1]) / "jobs", request)
run_job(job, work)
print(json.loads((job.folder / "exam_answers.jsonl").read_text(encoding="utf-8"))["prompt"])
"""
    said = ask(copy, code, str(tmp_path / "p"), str(model), str(tmp_path / "blocks.csv"))
    assert said == "Toys: blocks.\nWhich?\nA. 1\nB. 2\nC. 3\nD. 4\nPick: \n"  # a blank is a token of this model


def test_the_template_renders(copy: Path, tmp_path: Path) -> None:
    model = make_tiny_model(tmp_path / "m")
    code = """
import sys
from services.datasets.conversation import Conversation, Turn
from services.templates import load_template
template = load_template("toy", sys.argv[1])
print(template.render(Conversation((Turn("user", "Hi"), Turn("assistant", "Ho")))))
"""
    assert ask(copy, code, str(model)).strip().startswith("[toy asks] Hi [toy says] Ho")


def test_the_page_opens_and_the_command_is_in_its_menu(copy: Path) -> None:
    code = """
from desktop import commands
from desktop.views import available, page_class
commands.load()
assert "toy.play" in [c.id for c in commands.in_menu("help")]
assert "toy" in available()
from PySide6.QtWidgets import QApplication
app = QApplication([])
print(page_class("toy").__name__)
"""
    assert ask(copy, code).strip() == "ToyPage"


def test_a_doubled_id_stops_the_start(copy: Path) -> None:
    second = copy / "services" / "export" / "targets" / "toy_again.py"
    second.write_text(
        (copy / "services" / "export" / "targets" / "toy.py").read_text(encoding="utf-8"), encoding="utf-8"
    )
    try:
        with pytest.raises(AssertionError, match="two export targets are called 'toy'"):
            ask(copy, "import services.export.targets")
    finally:
        second.unlink()
