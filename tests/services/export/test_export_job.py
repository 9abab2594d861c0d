"""The export job: what it makes, what it proves before it says so, and what it refuses."""

import hashlib
import json
import shutil
import sys
from pathlib import Path

import pytest
from tokenizers import AddedToken, Tokenizer

from services.export import check_gguf as check
from services.export.gguf_file import open_gguf
from services.export.llama_cpp import GgufNotAnswering, ask_gguf, read_as_llama_cpp
from services.export.made import Export
from services.export.probes import PROBES, PromptsDiffer, first_difference
from services.export.quantise import quantise_file
from services.export.targets import targets
from services.export.trained import read_run
from services.i18n import N_
from services.jobs import events as ev
from services.jobs.job import State
from tests.helpers.tiny_model import make_tiny_model
from tests.helpers.tiny_runs import make_run
from tests.services.export.conftest import export

pytestmark = pytest.mark.filterwarnings("ignore")  # PEFT's and the converter's own advice
DATA = Path(__file__).parents[2] / "data"


def failure(job) -> str:
    """The sentence that a job failed with, its way out behind it."""
    last = job.events()[-1]
    assert isinstance(last, ev.Failed), last
    return f"{last.sentence} {last.way_out}".format(**last.values)


@pytest.fixture
def run(project, tiny_base):
    return make_run(project, tiny_base, name="Greet 你好", checkpoints=(2,))


def test_a_run_becomes_a_quantised_file_that_reads_text_as_training_did(project, run, tiny_base):
    job = export(project, run, quant="q4_k_m", name="My Greeter")
    summary = job.summary()
    assert summary.state is State.FINISHED
    path = project.exports_dir / "my-greeter-q4_k_m.gguf"
    assert summary.result["gguf"] == str(path)
    assert summary.result["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    ticks = [(e.id, e.state) for e in job.events() if isinstance(e, ev.Task)]
    assert ticks == [(step, state) for step in ("check", "write", "verify", "deliver") for state in ("running", "done")]
    with open_gguf(path) as file:
        keys = file.values()
        trained = (run.folder / "chat_template.jinja").read_text(encoding="utf-8")
        comment, _, template = keys["tokenizer.chat_template"].partition("#}")
        assert template == trained
        assert len(comment) > 300 and comment.startswith("{#")
        assert keys["general.name"] == "My Greeter"
        assert (keys["tokenizer.ggml.pre"], keys["tokenizer.ggml.eos_token_id"]) == ("smollm", 2)
        assert file.tensors[1].shape[0] == 49152
    assert ask_gguf(path, ["Hello"], max_tokens=4)[0].done_reason in ("stop", "length")
    assert [p.name for p in project.exports_dir.iterdir()] == [path.name]


def test_one_pass_writes_what_two_steps_write(project, run, tmp_path):
    sixteen = export(project, run, quant="f16", name="m").summary().result
    eight = export(project, run, quant="q8_0", name="m").summary().result
    stepwise = quantise_file(Path(str(sixteen["gguf"])), tmp_path / "q8.gguf", "q8_0")
    assert stepwise.sha256 == eight["sha256"]


def test_a_checkpoint_is_another_model(project, run):
    last = export(project, run, quant="q8_0", name="last").summary().result
    earlier = export(project, run, quant="q8_0", name="early", checkpoint="checkpoint-2").summary().result
    assert earlier["sha256"] != last["sha256"]
    assert "has no checkpoint checkpoint-9" in failure(export(project, run, checkpoint="checkpoint-9"))
    assert "has no checkpoint ../.." in failure(export(project, run, checkpoint="../.."))


def test_a_folder_opens_in_transformers_and_answers_as_the_adapter_does(project, run, tiny_base):
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer

    job = export(project, run, target="folder", name="whole")
    folder = project.exports_dir / "whole"
    assert job.summary().result["folder"] == str(folder)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    trained = read_run(project, run.id)
    messages = PROBES["many turns"]
    assert tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True) == (
        trained.template.render_messages(messages, add_generation_prompt=True)
    )
    ids = torch.tensor([tokenizer("Hello there").input_ids])
    base = AutoModelForCausalLM.from_pretrained(tiny_base)
    theirs = PeftModel.from_pretrained(base, run.folder).merge_and_unload()(ids).logits
    ours = AutoModelForCausalLM.from_pretrained(folder)(ids).logits
    assert torch.equal(ours, theirs)
    assert json.loads((folder / "generation_config.json").read_text(encoding="utf-8"))["eos_token_id"] == 2


def test_a_wholly_trained_model(project, tiny_base):
    run = make_run(project, tiny_base, whole=True)
    result = export(project, run, quant="f16").summary().result
    with open_gguf(Path(str(result["gguf"]))) as file:
        assert {t.type.name for t in file.tensors} == {"F16", "F32"}


@pytest.mark.parametrize("which", range(4))
def test_prompts_of_a_template_nobody_knows(project, tmp_path, which):
    template = (DATA / "chat" / "bracket_template.jinja").read_text(encoding="utf-8")
    talks = json.loads((DATA / "chat" / "bracket_conversations.json").read_text(encoding="utf-8"))
    right = (
        "[[asks]] Tea?\n[[says]] ",
        "[[note]] Be brief.\n[[asks]] Tea?\n[[says]] ",
        "[[asks]] Tea?\n[[says]] Yes.<|im_end|>\n[[asks]] Milk?\n[[says]] ",
        '[[note]] Use {{ braces }} and "quotes".\n[[asks]] Line one\nline two\n[[says]] `{{ .Prompt }}`<|im_end|>\n'
        "[[asks]] {% raw %} 100 %\n[[says]] ",
    )
    base = make_tiny_model(tmp_path / "base", tokenizer="sample", tied=True, template=template)
    run = make_run(project, base)
    if which == 0:
        result = export(project, run, quant="q8_0").summary().result
        prompts, _ = read_as_llama_cpp(Path(str(result["gguf"])), talks, [])
        assert tuple(prompts) == right
    trained = read_run(project, run.id)
    assert trained.template.render_messages(talks[which], add_generation_prompt=True) == right[which]
    assert trained.stop_words == ("<|im_end|>",)


def test_the_default_system_text_of_the_sample_survives(project, run):
    result = export(project, run, quant="q8_0").summary().result
    prompts, _ = read_as_llama_cpp(Path(str(result["gguf"])), [[{"role": "user", "content": "Tea?"}]], [])
    assert prompts == [
        "<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n"
        "<|im_start|>user\nTea?<|im_end|>\n<|im_start|>assistant\n"
    ]


def test_tokens_without_rows_are_refused_before_any_conversion(project, tmp_path):
    base = make_tiny_model(tmp_path / "base", tokenizer="sample", add_tokens=("<|tool|>", "<|obs|>"))
    run = make_run(project, base)
    for target in ("gguf", "folder"):
        said = failure(export(project, run, target=target))
        assert said.startswith("2 tokens have no row in the model: <|tool|>, <|obs|>.")
    assert not list(project.exports_dir.iterdir())


def test_rows_without_tokens_are_marked_unused(project, tmp_path):
    base = make_tiny_model(tmp_path / "base", tokenizer="sample", rows=49216)
    run = make_run(project, base)
    result = export(project, run, quant="q8_0").summary().result
    with open_gguf(Path(str(result["gguf"]))) as file:
        assert len(file.value("tokenizer.ggml.tokens")) == 49216
        assert file.value("tokenizer.ggml.token_type")[-64:] == [5] * 64
        assert file.value("llama.vocab_size") == 49216
        assert next(t for t in file.tensors if t.name == "token_embd.weight").shape[0] == 49216


def test_a_tokenizer_that_llama_cpp_does_not_know_stops_the_export(project, tmp_path):
    run = make_run(project, make_tiny_model(tmp_path / "base"))
    assert failure(export(project, run)).startswith("llama.cpp does not know this model's tokenizer")
    assert not list(project.exports_dir.iterdir())
    assert export(project, run, target="folder").summary().state is State.FINISHED  # the way out works


def test_an_architecture_that_llama_cpp_does_not_know(project, tiny_base, tmp_path):
    base = tmp_path / "base"
    shutil.copytree(tiny_base, base)
    config = json.loads((base / "config.json").read_text(encoding="utf-8"))
    (base / "config.json").write_text(json.dumps({**config, "architectures": ["Strange"]}), encoding="utf-8")
    said = failure(export(project, make_run(project, base)))
    assert said.startswith("llama.cpp does not know this kind of model (Architecture 'Strange' not supported!).")


def test_without_the_converter_a_folder_can_still_be_made(project, run, monkeypatch, tmp_path):
    monkeypatch.setenv("TUNESMITH_CONVERTER", str(tmp_path / "nowhere"))
    job = export(project, run)
    assert failure(job).startswith(f"The GGUF converter is missing ({tmp_path / 'nowhere'}).")
    assert job.events()[-1].action == "health.open"
    assert export(project, run, target="folder").summary().state is State.FINISHED


def test_an_adapter_for_another_base(project, run, tmp_path):
    other = make_tiny_model(tmp_path / "other", tokenizer="sample", tied=True)
    config = json.loads((run.folder / "run.json").read_text(encoding="utf-8"))
    (run.folder / "run.json").write_text(json.dumps({**config, "base_model": str(other)}), encoding="utf-8")
    from safetensors.numpy import load_file, save_file

    tensors = load_file(other / "model.safetensors")
    tensors.pop("model.layers.1.self_attn.v_proj.weight")
    save_file(tensors, other / "model.safetensors", metadata={"format": "pt"})
    assert "The adapter does not fit this base model" in failure(export(project, run))
    shutil.rmtree(other)
    assert f"The base model of run {run.id} is not at {other}" in failure(export(project, run))


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"target": "moon"}, "There is no export target called moon. Choose one of: folder, gguf"),
        ({"quant": "q4_k_x"}, "There is no quant called q4_k_x"),
    ],
)
def test_wishes_that_nobody_grants(project, run, fields, sentence):
    assert failure(export(project, run, **fields)).startswith(sentence)


def test_runs_that_have_nothing_to_export(project, run):
    (run.folder / "adapter_config.json").unlink()
    assert failure(export(project, run)).startswith(f"Run {run.id} has no trained weights yet")
    (run.folder / "run.json").write_text("{", encoding="utf-8")
    assert "run.json is missing or broken" in failure(export(project, run))
    assert "no job 0099" in failure(export(project, "0099"))


def test_a_file_of_the_persons_is_not_overwritten_unasked(project, run):
    mine = project.folder / "mine.gguf"
    mine.write_bytes(b"mine")
    assert failure(export(project, run, out="mine.gguf")).startswith(f"{mine} exists already.")
    assert mine.read_bytes() == b"mine"
    assert export(project, run, quant="q8_0", out="mine.gguf", options={"overwrite": True}).summary().result
    assert mine.read_bytes()[:4] == b"GGUF"


def test_stop_leaves_nothing_and_an_earlier_export_stays(project, run, monkeypatch):
    from services.workers import export as worker

    result = export(project, run, quant="q8_0").summary().result
    before = Path(str(result["gguf"])).read_bytes()
    monkeypatch.setattr(worker, "_SAY_EVERY_S", 0.0)
    from services.workers.shell import WorkerContext

    monkeypatch.setattr(WorkerContext, "take_control", lambda self, step=0: {"stop"})
    job = export(project, run, quant="q8_0")
    assert job.summary().state is State.STOPPED
    assert [p.read_bytes() for p in project.exports_dir.iterdir()] == [before]


def test_a_file_that_reads_text_differently_never_takes_its_place(project, run, monkeypatch):
    monkeypatch.setattr(check, "_rendered", lambda trained: {"one turn": "<|im_start|>user\nHello!"})
    said = failure(export(project, run, quant="q8_0"))
    assert said.startswith("The prompt in the GGUF is not the training prompt (one turn)")
    monkeypatch.setattr(check, "_rendered", lambda trained: {})
    from services.templates.tokenizer import Tokenizer as Ours

    monkeypatch.setattr(Ours, "encode", lambda self, text: [1, 2, 3])
    assert failure(export(project, run, quant="q8_0")).startswith("llama.cpp splits text into other tokens")
    assert not list(project.exports_dir.iterdir())


def test_without_llama_cpp_the_check_is_skipped_and_said(project, run, monkeypatch):
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    job = export(project, run, quant="q8_0")
    assert job.summary().state is State.FINISHED
    skipped = [e for e in job.events() if isinstance(e, ev.Task) and e.state == "skipped"]
    assert [e.detail for e in skipped] == ["llama.cpp is not installed here."]


def test_a_target_is_one_object_that_registers_itself(project, run):
    class Shelf:
        needs, title, order = "gguf", N_("Shelf"), 50
        took: list[Export] = []

        def check(self, options):
            assert options["shelf"] == 3

        def deliver(self, context, made):
            self.took.append(made)
            return {"shelf": made.options["shelf"]}

    targets.add("shelf")(Shelf())
    try:
        assert targets.ids()[-1] == "shelf"
        job = export(project, run, target="shelf", quant="q8_0", options={"shelf": 3}, name="Alice")
    finally:
        targets.remove("shelf")
    assert job.summary().result["shelf"] == 3
    made = Shelf.took[0]
    assert made.name == "Alice" and made.quant == "q8_0" and made.folder is None
    assert made.gguf_template.endswith(made.template) and made.template
    assert (made.stop_words, made.stop_token_ids, made.cutoff_len, made.context_len) == (
        ("<|im_end|>",),
        (2,),
        512,
        2048,
    )


def test_end_tokens_that_the_tokenizer_does_not_name(project, tmp_path):
    base = make_tiny_model(tmp_path / "base", tokenizer="sample", tied=True)
    settings = json.loads((base / "tokenizer_config.json").read_text(encoding="utf-8"))
    (base / "tokenizer_config.json").write_text(
        json.dumps({**settings, "eos_token": "<|endoftext|>"}), encoding="utf-8"
    )
    run = make_run(project, base)
    trained = read_run(project, run.id)
    assert trained.stop_words == ("<|endoftext|>", "<|im_end|>")
    result = export(project, run, quant="q8_0").summary().result
    with open_gguf(Path(str(result["gguf"]))) as file:
        keys = file.values()
    assert (keys["tokenizer.ggml.eos_token_id"], keys["tokenizer.ggml.eot_token_id"]) == (0, 2)


def test_broken_files_and_llama_cpp(tmp_path):
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF" + bytes(200))
    with pytest.raises(GgufNotAnswering, match=r"llama\.cpp cannot load"):
        ask_gguf(broken, ["Hello"])
    with pytest.raises(GgufNotAnswering, match="There is no file"):
        ask_gguf(tmp_path / "none.gguf", ["Hello"])


def test_first_differences():
    assert first_difference("same", "same") is None
    difference = first_difference("Hello there", "Hello you")
    assert difference is not None
    assert (difference.at, difference.expected_part, difference.found_part) == (6, "'there'", "'you'")
    shorter = first_difference("abc", "ab")
    assert shorter is not None and (shorter.at, shorter.found_part) == (2, "''")
    assert "'you'" in str(PromptsDiffer("{found} for {expected}", difference))


def test_added_tokens_with_rows_are_exported(project, tmp_path):
    """A tokenizer enlarged together with its model: config, embedding and tokenizer agree."""
    base = make_tiny_model(tmp_path / "base", tokenizer="sample", rows=49154, tied=True)
    tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
    tokenizer.add_special_tokens([AddedToken(t, special=True, normalized=False) for t in ("<|tool|>", "<|obs|>")])
    tokenizer.save(str(base / "tokenizer.json"))
    run = make_run(project, base)
    result = export(project, run, quant="q8_0").summary().result
    _, ids = read_as_llama_cpp(Path(str(result["gguf"])), [], ["<|tool|>x<|obs|>"])
    assert ids == [[49152, *Tokenizer.from_file(str(base / "tokenizer.json")).encode("x").ids, 49153]]
