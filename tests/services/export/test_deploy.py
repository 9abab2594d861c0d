"""Deploying to Ollama: from a run to a proven model, and every way in which it must not be called deployed."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from services.export import deployments as kept
from services.export.deployments import DeploymentsError, deployments, forget
from services.export.gates import gates
from services.export.made import Export
from services.export.targets.ollama import OllamaTarget, num_ctx
from services.export.trained import read_run
from services.jobs import events as ev
from services.jobs.job import Job, State
from services.jobs.kinds.export import ExportRequest
from services.ollama import transfer
from services.ollama.client import OllamaClient
from services.ollama.errors import CancelledError
from services.projects.project import Project
from services.workers.shell import StoppedByPersonError, WorkerContext, run_job
from tests.helpers.ollama_contract import Contract, ollama_contract
from tests.helpers.tiny_gguf import PADDING, make_tiny_gguf
from tests.helpers.tiny_model import make_tiny_model
from tests.helpers.tiny_runs import make_run
from tests.services.export.conftest import export

pytestmark = pytest.mark.filterwarnings("ignore")  # PEFT's and the converter's own advice

CHAT = Path(__file__).parents[2] / "data" / "chat"
TALKS = json.loads((CHAT / "bracket_conversations.json").read_text(encoding="utf-8"))
BRACKETS = (CHAT / "bracket_template.jinja").read_text(encoding="utf-8")
Deploy = Callable[..., Job]
LIVE = os.environ.get("OLLAMA_TEST_HOST", "")
NAME = "tunesmith-deploy-test"


@pytest.fixture
def contract() -> Iterator[Contract]:
    with ollama_contract() as running:
        yield running


@pytest.fixture
def client(contract: Contract) -> Iterator[OllamaClient]:
    with OllamaClient(contract.url) as made:
        yield made


@pytest.fixture(params=["contract", "live"] if LIVE else ["contract"])
def anywhere(request: pytest.FixtureRequest) -> Iterator[OllamaClient]:
    """A client of the contract server, and of a live Ollama where OLLAMA_TEST_HOST names one."""
    with OllamaClient(LIVE if request.param == "live" else request.getfixturevalue("contract").url) as made:
        yield made


@pytest.fixture
def run(project: Project, tmp_path: Path) -> Job:
    """A run whose export is not made but taken: see `deliver`."""
    return make_run(project, make_tiny_model(tmp_path / "base"), name="Tea Bot")


def deliver(context: WorkerContext) -> dict[str, Any]:
    """What the export worker does of a deployment, with a small GGUF in the place of the merged one."""
    target, request = OllamaTarget(), context.job.request
    assert isinstance(request, ExportRequest)
    project = Project.open(context.job.project_dir)
    trained = read_run(project, request.run)
    context.task("check", "", "running")
    target.check({"title": trained.name, **request.options})
    assert trained.template is not None
    template = trained.template.chat_template()
    gguf = make_tiny_gguf(project.exports_dir / "m.gguf", PADDING + template)
    made = Export(
        name=trained.name,
        quant="q8_0",
        gguf=gguf,
        folder=None,
        model_dir=trained.model_dir,
        run_dir=trained.run_dir,
        template=template,
        gguf_template=PADDING + template,
        stop_words=trained.stop_words,
        bos_token=trained.tokenizer.special.get("bos_token", ""),
        cutoff_len=trained.cutoff_len,
        context_len=trained.context_len,
        enable_thinking=trained.enable_thinking,
        options=request.options,
    )
    try:
        return target.deliver(context, made)
    except CancelledError as stop:
        raise StoppedByPersonError from stop


@pytest.fixture
def deploy(project: Project, run: Job, contract: Contract) -> Deploy:
    """Deploy the run to the contract server; options go to the target."""

    def do(run: str = run.id, **options: Any) -> Job:
        request = ExportRequest(run=run, target="ollama", options={"host": contract.url, **options})
        job = Job.create(project.jobs_dir, request)
        run_job(job, deliver)
        return job

    return do


def failure(job: Job) -> ev.Failed:
    last = job.events()[-1]
    assert isinstance(last, ev.Failed), last
    return last


def sentence(job: Job) -> str:
    return failure(job).sentence.format(**failure(job).values)


def test_a_run_is_deployed_proven_and_recorded(
    project: Project, tiny_base: Path, contract: Contract, client: OllamaClient
) -> None:
    run = make_run(project, tiny_base, name="Tea Bot")
    job = export(project, run, target="ollama", quant="q8_0", options={"host": contract.url})
    assert job.summary().state is State.FINISHED
    result = job.summary().result
    assert result["model"] == "tea-bot"
    assert [m["name"] for m in client.models()] == ["tea-bot:latest"]  # the one for trial is gone
    assert client.show("tea-bot")["parameters"].splitlines() == [
        f"{'num_ctx':<30} 2048",  # 4096, but the model knows 2048
        f'{"stop":<30} "<|im_end|>"',
    ]
    ticks = [(e.id, e.state) for e in job.events() if isinstance(e, ev.Task)]
    assert [i for i, state in ticks if state == "done"] == [
        "check",
        "write",
        "verify",
        "upload",
        "create",
        "gate-template",
        "gate-prompts",
        "deliver",
    ]
    agreed = {e.id: e.values.get("agreed") for e in job.events() if isinstance(e, ev.Task) and e.state == "done"}
    assert (agreed["gate-template"], agreed["gate-prompts"]) == (1, 5)
    (deployment,) = deployments(project)
    assert (deployment.name, deployment.run, deployment.quant, deployment.num_ctx) == ("tea-bot", run.id, "q8_0", 2048)
    assert deployment.digest == f"sha256:{transfer.sha256_of(Path(str(result['gguf'])))[7:]}"
    assert deployment.gates == ("template", "prompts")
    assert any(isinstance(e, ev.Progress) and e.phase == "Sending the model to Ollama" for e in job.events())
    creates = [body for _, path, body in contract.requests if path == "/api/create"]
    assert len(creates) == 1 and "template" not in creates[0]


@pytest.mark.parametrize("which", ["smollm2", "brackets"])
def test_the_prompt_in_ollama_is_the_training_prompt_character_by_character(
    project: Project, tmp_path: Path, anywhere: OllamaClient, which: str
) -> None:
    base = make_tiny_model(
        tmp_path / "base", tokenizer="sample", tied=True, template=BRACKETS if which == "brackets" else ""
    )
    run = make_run(project, base)
    options = {"host": anywhere.url, "name": NAME, "overwrite": True}
    job = export(project, run, target="ollama", quant="q8_0", options=options)
    assert job.summary().state is State.FINISHED
    assert '"<|im_end|>"' in anywhere.show(NAME)["parameters"]
    prompts = [anywhere.render(NAME, talk) for talk in TALKS]
    anywhere.delete(NAME)
    if which == "smollm2":
        assert prompts[0] == (
            "<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n"
            "<|im_start|>user\nTea?<|im_end|>\n<|im_start|>assistant\n"
        )
        return
    assert prompts[:3] == [
        "[[asks]] Tea?\n[[says]] ",
        "[[note]] Be brief.\n[[asks]] Tea?\n[[says]] ",
        "[[asks]] Tea?\n[[says]] Yes.<|im_end|>\n[[asks]] Milk?\n[[says]] ",
    ]
    assert all(part in prompts[3] for part in ("{{ braces }}", "`{{ .Prompt }}`", "{% raw %} 100 %"))


def fails_and_leaves_the_earlier_one(
    deploy: Deploy, client: OllamaClient, project: Project, change: Callable[[], None]
) -> Job:
    """Deploy well, change the world, deploy again over it: the second fails, the first is as it was."""
    assert deploy().summary().state is State.FINISHED
    before = client.show("tea-bot"), deployments(project)
    change()
    job = deploy(overwrite=True, system="Be rude.")
    assert job.summary().state is State.FAILED
    return_to = client.show("tea-bot")
    assert return_to.get("system") is None
    assert (return_to["modified_at"], deployments(project)) == (before[0]["modified_at"], before[1])
    assert [m["name"] for m in client.models()] == ["tea-bot:latest"]
    return job


def test_a_changed_template_stops_it(
    deploy: Deploy, client: OllamaClient, project: Project, contract: Contract
) -> None:
    assert deploy().summary().state is State.FINISHED
    shown = client.show("tea-bot")["template"]
    contract.faults.show_template = shown.replace("<|im_end|>", "<|end|>", 1)
    job = deploy(overwrite=True)
    contract.faults.show_template = None
    failed = failure(job)
    assert failed.sentence.startswith("Ollama has another template than the file, from line {line}")
    expected, found = failed.values["expected"], failed.values["found"]
    assert expected != found and expected == client.show("tea-bot")["template"]
    assert failed.values["expected_part"][1:].startswith("im_end|>")
    assert failed.values["found_part"][1:].startswith("end|>")
    assert "was deployed before is untouched" in failed.way_out
    assert [m["name"] for m in client.models()] == ["tea-bot:latest"]


def test_a_prompt_that_is_not_trainings_stops_it(
    deploy: Deploy, client: OllamaClient, project: Project, contract: Contract
) -> None:
    def change() -> None:
        contract.faults.render_differently = lambda prompt: prompt.replace("Milk", "milk")

    job = fails_and_leaves_the_earlier_one(deploy, client, project, change)
    failed = failure(job)
    assert failed.values["probe"] == "many turns"
    assert failed.values["expected"].replace("Milk", "milk") == failed.values["found"]
    assert (failed.values["expected_part"][1:5], failed.values["found_part"][1:5]) == ("Milk", "milk")
    states = [(e.id, e.state) for e in job.events() if isinstance(e, ev.Task) and e.id.startswith("gate")]
    assert states[-1] == ("gate-prompts", "failed")


def test_an_ollama_that_dies_while_creating(
    deploy: Deploy, client: OllamaClient, project: Project, contract: Contract
) -> None:
    def change() -> None:
        contract.faults.create_dies = True

    job = fails_and_leaves_the_earlier_one(deploy, client, project, change)
    assert "broke off in the middle" in sentence(job)


def test_a_full_drive_there(deploy: Deploy, client: OllamaClient, contract: Contract) -> None:
    contract.faults.upload_disk_full = True
    assert sentence(deploy()) == "Ollama's drive is full."
    assert client.models() == []


def test_an_ollama_that_is_too_old_is_said_before_anything_slow(deploy: Deploy, contract: Contract) -> None:
    contract.faults.version = "0.29.4"
    job = deploy()
    assert "is version 0.29.4; deploying needs 0.30.0 or newer" in sentence(job)
    assert [e.id for e in job.events() if isinstance(e, ev.Task)] == ["check"]


def test_an_ollama_that_is_absent_is_said_before_anything_slow(deploy: Deploy) -> None:
    job = deploy(host="203.0.113.1:9")
    assert "No Ollama answers at http://203.0.113.1:9" in sentence(job)
    assert [e.id for e in job.events() if isinstance(e, ev.Task)] == ["check"]


def test_a_name_that_is_taken_asks_first(deploy: Deploy, client: OllamaClient) -> None:
    assert deploy().summary().state is State.FINISHED
    job = deploy()
    assert sentence(job) == "Ollama already has a model tea-bot."
    assert failure(job).action == "export.overwrite"
    assert [e.id for e in job.events() if isinstance(e, ev.Task)] == ["check"]
    assert deploy(overwrite=True, system="Be brief.").summary().state is State.FINISHED
    assert client.show("tea-bot")["system"] == "Be brief."
    assert "cannot be the name of a model" in sentence(deploy(name="no good!!"))


def test_stop_while_it_is_sent(deploy: Deploy, client: OllamaClient, monkeypatch: pytest.MonkeyPatch) -> None:
    upload = transfer.upload

    def slow(*args: Any, progress: Callable[[int, int], None], **more: Any) -> str:
        def said(done: int, total: int) -> None:
            context[0].job.ask("stop")
            progress(total, total)

        return upload(*args, progress=said, **more)

    context: list[WorkerContext] = []
    made = WorkerContext.__init__

    def remember(self: WorkerContext, *args: Any) -> None:
        made(self, *args)
        context.append(self)

    monkeypatch.setattr(WorkerContext, "__init__", remember)
    monkeypatch.setattr("services.export.targets.ollama.transfer.upload", slow)
    assert deploy().summary().state is State.STOPPED
    assert client.models() == []


def test_a_leftover_of_a_killed_export_is_swept(deploy: Deploy, client: OllamaClient, tmp_path: Path) -> None:
    digest = transfer.upload(client, make_tiny_gguf(tmp_path / "m.gguf", PADDING + "{{ messages[0]['content'] }}"))
    for name in ("tunesmith-trial-60000000", "tunesmith-trial-of-mine", "other"):
        transfer.create(client, name, files={"m.gguf": digest})
    assert deploy().summary().state is State.FINISHED
    assert {m["name"] for m in client.models()} == {"tunesmith-trial-of-mine:latest", "other:latest", "tea-bot:latest"}


def test_a_gate_is_one_file(deploy: Deploy, client: OllamaClient) -> None:
    from services.export.deployed import Deployed

    class Counted:
        title, order = "Counted", 30

        def check(self, deployed: Deployed) -> int:
            return len(deployed.client.models())

    gates.add("counted")(Counted())
    try:
        assert deploy().summary().result["gates"] == ["template", "prompts", "counted"]
    finally:
        gates.remove("counted")


STRICT = (
    "{% for m in messages %}{% if m['role'] == 'system' %}{{ raise_exception('system role not supported') }}{% endif %}"
    "<{{ m['role'] }}>{{ m['content'] }}</{{ m['role'] }}>{% endfor %}"
    "{% if add_generation_prompt %}<assistant>{% endif %}"
)


def test_a_conversation_that_the_template_refuses_is_not_held_against_ollama(
    project: Project, tmp_path: Path, deploy: Deploy
) -> None:
    make_run(project, make_tiny_model(tmp_path / "strict", template=STRICT), name="Strict")
    job = deploy(run="2")
    agreed = {e.id: e.values.get("agreed") for e in job.events() if isinstance(e, ev.Task) and e.state == "done"}
    assert agreed["gate-prompts"] == 4


def test_a_thinking_model_is_asked_not_to_think_where_training_did_so(
    project: Project, tmp_path: Path, deploy: Deploy, contract: Contract
) -> None:
    template = "{% for m in messages %}<{{ m['role'] }}>{{ m['content'] }}{% endfor %}<assistant>"
    run = make_run(project, make_tiny_model(tmp_path / "think", template=template), name="Think")
    facts = json.loads((run.folder / "run.json").read_text(encoding="utf-8"))
    (run.folder / "run.json").write_text(json.dumps(facts | {"enable_thinking": False}), encoding="utf-8")
    assert deploy(run="2").summary().state is State.FINISHED
    rendered = [body for _, path, body in contract.requests if path == "/api/chat"]
    assert rendered and all(body["think"] is False for body in rendered)
    assert deployments(project)[-1].think is False


def test_num_ctx() -> None:
    def of(cutoff_len: int, context_len: int, **options: int) -> int:
        return num_ctx(
            Export("m", "", None, None, Path(), Path(), cutoff_len=cutoff_len, context_len=context_len, options=options)
        )

    assert of(512, 8192) == 4096
    assert of(6000, 8192) == 6000
    assert of(9000, 8192) == 8192
    assert of(512, 2048) == 2048
    assert of(512, 0) == 4096
    assert of(512, 8192, num_ctx=1024) == 1024
    assert of(512, 8192, num_ctx=99999) == 8192


def test_the_list_of_deployments(project: Project) -> None:
    one = kept.Deployment("a", "http://h", "0001", "q8_0", "sha256:1", stop=("x",), time=1.0)
    two = kept.Deployment("b", "http://h", "0001", "q8_0", "sha256:2", think=False, time=2.0)
    for deployment in (one, two, kept.Deployment("a", "http://h", "0002", "f16", "sha256:3", time=3.0)):
        kept.record(project, deployment)
    assert [(d.name, d.run) for d in deployments(project)] == [("b", "0001"), ("a", "0002")]
    assert deployments(project)[0] == two
    assert kept.think_for(project, "http://h", "b:latest") is False
    assert kept.think_for(project, "http://h", "a") is kept.think_for(project, "http://h", "z") is None
    forget(project, "a", "http://elsewhere")
    forget(project, "a", "http://h")
    assert deployments(project) == [two]
    (project.folder / "deployments.json").write_text('{"deployments": [{"name": 3}]}', encoding="utf-8")
    with pytest.raises(DeploymentsError, match=r"deployments\.json cannot be read"):
        deployments(project)
