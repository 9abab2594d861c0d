"""What bad input gets, along the command line with real workers: one sentence, a way out, nothing lost.

Each test is named after its case. Rooms test their own part of a case more deeply; here the whole way is walked.
"""

import gzip
import json
import os
import shutil
import socket
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from services.cli.main import main
from services.datasets.repairs import repairs
from services.datasets.store import DatasetStore
from services.export import space
from services.jobs.job import State
from services.projects.project import Project
from tests.helpers.jobs import wait_for
from tests.helpers.odd_servers import OddServer, event
from tests.helpers.ollama_contract import Contract, ollama_contract, serving
from tests.helpers.tiny_model import make_tiny_model
from tests.helpers.tiny_runs import make_run

CASES = Path(__file__).parents[2] / "data" / "cases"
RECIPE = (
    "stage: sft\nfinetuning_type: lora\ndataset: rows\nmax_steps: 1\nplot_loss: false\nper_device_train_batch_size: 2\n"
)
ROWS = [{"system": "Be brief.", "instruction": f"你 {i}?", "output": f"好 {i}."} for i in range(4)]


class Person:
    """Somebody at a terminal with a project, a data set and a tiny model in a folder of their own."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capsys = capsys
        self.project = Project.create(folder / "我的 项目")
        self.model = make_tiny_model(folder / "a model")
        self.recipe = folder / "recipe 配方.yaml"
        self.recipe.write_text(RECIPE, encoding="utf-8")
        source = self.file("rows.json", json.dumps(ROWS, ensure_ascii=False).encode("utf-8"))
        assert self.run("data", "add", self.project.folder, source)[0] == 0

    def file(self, name: str, content: bytes) -> Path:
        path = self.folder / name
        path.write_bytes(content)
        return path

    def run(self, *arguments: object) -> tuple[int, str, str]:
        self._capsys.readouterr()
        code = main([str(a) for a in arguments])
        out = self._capsys.readouterr()
        return code, out.out, out.err.strip()

    def refused(self, *arguments: object) -> str:
        """What a refusal says: exit 1, one line, no traceback; data sets, models and exports are as they were."""
        before = self._kept()
        code, _, err = self.run(*arguments)
        assert code == 1, err
        assert len(err.splitlines()) == 1 and "Traceback" not in err and "[Errno" not in err, err
        assert err.rstrip().endswith((".", "!")) and err.count(". ") >= 1, f"no way out: {err}"
        assert self._kept() == before
        return err

    def train(self, *changes: str, model: Path | None = None) -> str:
        settings = [part for change in changes for part in ("--set", change)]
        model = model or self.model
        return self.refused(
            "train", self.project.folder, self.recipe, "--set", f"model_name_or_path={model}", *settings
        )

    def _kept(self) -> dict[str, str]:
        kept = [p for root in ("datasets", "exports") for p in sorted((self.project.folder / root).rglob("*"))]
        kept += sorted(self.model.rglob("*"))
        return {str(p): sha256(p.read_bytes()).hexdigest() for p in kept if p.is_file() and p.suffix != ".sqlite-shm"}


@pytest.fixture
def person(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Person]:
    made = Person(tmp_path, capsys)
    yield made
    for job in made.project.jobs():  # a server that a chat began waits long for the next question
        if job.alive():
            job.ask("stop")
            wait_for(lambda job=job: not job.alive())


def with_template(person: Person, name: str) -> Path:
    folder = Path(shutil.copytree(person.model, person.folder / name))
    shutil.copy(CASES / f"C26.{name}.jinja", folder / "chat_template.jinja")
    return folder


def test_a_missing_file(person: Person) -> None:
    good = person.file("good.jsonl", b'{"instruction": "a", "output": "b"}\n')
    said = person.refused("data", "add", person.project.folder, good, person.folder / "gone.jsonl")
    assert "gone.jsonl cannot be read: No such file or directory. Check that it is there" in said
    assert person.project.dataset_names() == ["rows"], "the good one of the two is not half imported"


def test_an_empty_file(person: Person) -> None:
    code, out, _ = person.run("data", "add", person.project.folder, person.file("empty.jsonl", b""))
    assert code == 0 and "empty.jsonl has no rows." in out
    assert person.train("dataset=empty") == "The chosen data set has no rows. Add rows, or choose another data set."


def test_a_gz_that_is_cut_off_and_one_that_is_none(person: Person) -> None:
    whole = gzip.compress(os.urandom(4000).hex().encode())
    for name, content in (("cut.jsonl.gz", whole[: len(whole) // 2]), ("none.jsonl.gz", b"no gzip at all")):
        assert name in person.refused("data", "add", person.project.folder, person.file(name, content))
    assert person.project.dataset_names() == ["rows"]


def test_broken_json(person: Person) -> None:
    text = b'{"instruction": "a", "output": "b"}\n{"instruction": "a", "output": \n'
    code, out, _ = person.run("data", "add", person.project.folder, person.file("broken.jsonl", text))
    assert code == 0 and "broken.jsonl: 1 rows" in out and "line 2" in out and "Kept aside for repair." in out
    with DatasetStore.open(person.project.dataset_path("broken"), read_only=True) as store:
        assert [r.text for r in repairs(store)] == ['{"instruction": "a", "output":']


def test_a_wrong_encoding(person: Person) -> None:
    gbk = CASES / "C01.alpaca_gbk.json"
    code, out, _ = person.run("data", "add", person.project.folder, gbk, "--name", "w", "--encoding", "utf-8")
    assert code == 0 and "The byte 0xB0 is not valid in this encoding. Kept aside for repair." in out
    assert "no encoding klingon" in person.refused(
        "data", "add", person.project.folder, gbk, "--name", "k", "--encoding", "klingon"
    )
    assert "utf-8" not in person.run("data", "add", person.project.folder, gbk, "--name", "right")[1]


def test_a_model_folder_without_weights(person: Person) -> None:
    bare = Path(shutil.copytree(person.model, person.folder / "bare"))
    (bare / "model.safetensors").unlink()
    for said in (
        person.train(model=bare),
        person.refused("chat", person.project.folder, "--model", bare, "--once", "hi"),
    ):
        assert "has no weights" in said and "Download the model again" in said


def test_a_model_file_that_is_cut_off(person: Person) -> None:
    cut = Path(shutil.copytree(person.model, person.folder / "cut"))
    with (cut / "model.safetensors").open("r+b") as file:
        file.truncate(3000)
    assert "model.safetensors" in person.train(model=cut)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("strict", "system role not supported"),
        ("loop", "it did not finish within"),
        ("reach_out", "The chat template is unsafe and was refused"),
        ("syntax_error", "The chat template has a mistake in line 1"),
    ],
)
def test_a_template_that_raises_or_never_ends(person: Person, name: str, sentence: str) -> None:
    model = with_template(person, name)
    assert sentence in person.train(model=model)
    assert sentence in person.refused("chat", person.project.folder, "--model", model, "--system", "x", "--once", "hi")


def test_no_disk_space(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    import services.jobs.job as jobs

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(jobs.files, "write_text", full)
    said = person.train()
    assert "cannot be written" in said and "No space left on device" in said and "has room" in said
    assert person.project.jobs() == [] and not list(person.project.jobs_dir.glob("0*"))
    monkeypatch.undo()
    monkeypatch.setattr(space.shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10, 10, 0))  # type: ignore[attr-defined]
    with pytest.raises(space.DiskFull, match=r"GiB free\. Free some space, or choose a folder on another drive\."):
        space.need_space(person.folder, 1 << 30)


def test_no_gpu(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    code, out, _ = person.run("doctor", "card", "--json")
    finding = json.loads(out)["checks"][0]
    assert code == 0 and finding["sentence"] and (finding["state"] == "ok" or finding["way_out"])
    change = f"model_name_or_path={person.model}"
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert person.run("train", person.project.folder, person.recipe, "--set", change)[0] == 0, "trains without a card"


def test_a_port_in_use(person: Person) -> None:
    make_run(person.project, person.model)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = person.refused("serve", person.project.folder, "1", "--port", port)
    assert said == (
        f"Port {port} is in use by another program. Choose another port, or leave it open and one is picked."
    )


@pytest.fixture
def contract(monkeypatch: pytest.MonkeyPatch) -> Iterator[Contract]:
    with ollama_contract() as running:
        monkeypatch.setenv("OLLAMA_HOST", running.url)
        yield running


def test_an_ollama_that_is_absent(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    make_run(person.project, person.model)
    monkeypatch.setenv("OLLAMA_HOST", "http://127.0.0.1:9")
    monkeypatch.setenv("PATH", str(person.folder))
    said = person.refused("export", person.project.folder, "1", "--to", "ollama", "--name", "mine")
    assert "Ollama" in said
    assert list(person.project.exports_dir.iterdir()) == [], "said before the slow part"


def test_an_ollama_that_is_too_old(person: Person, contract: Contract) -> None:
    make_run(person.project, person.model)
    contract.faults.version = "0.1.20"
    said = person.refused("export", person.project.folder, "1", "--to", "ollama", "--name", "mine")
    assert "0.1.20" in said and "ollama.com" in said.lower()


def test_an_ollama_that_dies_in_mid_stream(person: Person) -> None:
    with serving(OddServer(event(content="half an "), ConnectionResetError).app()) as url:
        code, out, err = person.run("chat", person.project.folder, "--model", f"{url}#odd", "--once", "hi", "--keep")
    assert code == 1 and out == "half an " and "broke off in the middle of its answer" in err
    (kept,) = person.project.chats_dir.iterdir()
    assert "hi" in kept.read_text(encoding="utf-8"), "the question is not lost"


def test_a_worker_that_dies_at_import(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    site = person.folder / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text(
        "import sys\nif any('services.workers.train' in a for a in sys.orig_argv):\n"
        "    sys.modules['services.engine.lean'] = None\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(site), *filter(None, [os.environ.get("PYTHONPATH")])]))
    said = person.train()
    assert "The worker could not begin: ModuleNotFoundError: import of services.engine.lean" in said
    assert "Health shows what is missing and mends it." in said
    (job,) = person.project.jobs()
    assert job.summary().state is State.FAILED
    assert "Traceback" in job.log_path.read_text(encoding="utf-8"), "the log has the rest"
