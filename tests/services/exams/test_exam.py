"""Sitting an exam: scores against a plain forward pass, marks, kills, and what is refused."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from services.engine.asked import asked_model, load_asked
from services.engine.exam import marks
from services.engine.exam_forward import LetterScorer
from services.engine.exam_prompts import Asked
from services.engine.exams import exams
from services.engine.loading import LoadOptions
from services.jobs import events as ev
from services.jobs.job import Job, State
from services.jobs.kinds.exam import ExamRequest
from services.projects.project import Project
from services.workers.exam import work
from services.workers.shell import run_job
from tests.helpers.tiny_runs import make_run
from tests.helpers.training import case, failure, messages

MINI = case("C29.mini_exam.csv")


def sit(project: Project, asked: Path | str, **fields: Any) -> Job:
    """Sit an exam here and return its job, ended."""
    values = {"task": "own", "data": str(MINI), "n_shot": 2, **fields}
    job = Job.create(project.jobs_dir, ExamRequest(asked=str(asked), **values))
    run_job(job, work)
    return job


def answers(job: Job) -> list[dict[str, Any]]:
    text = (job.folder / "exam_answers.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def results(job: Job) -> dict[str, Any]:
    return json.loads((job.folder / "exam_results.json").read_text(encoding="utf-8"))


def test_the_marks_say_both_means() -> None:
    rows = [{"subject": "harbour_rules", "right": i < 3} for i in range(4)]
    rows += [{"subject": "counting", "right": i < 1} for i in range(2)]
    found = marks(exams.get("own"), rows)
    assert (found["accuracy_over_questions"], found["mean_of_subjects"]) == (66.67, 62.5)
    assert found["subjects"] == {
        "harbour_rules": {"questions": 4, "right": 3, "accuracy": 75.0},
        "counting": {"questions": 2, "right": 1, "accuracy": 50.0},
    }
    groups = marks(exams.get("mmlu"), [{"subject": "virology", "right": True}, {"subject": "anatomy", "right": False}])
    assert {name: group["accuracy"] for name, group in groups["groups"].items()} == {"Other": 100.0, "STEM": 0.0}
    assert marks(exams.get("own"), [])["accuracy_over_questions"] == 0.0


def test_each_score_is_the_models_own_logit(project: Project, sample: Path) -> None:
    job = sit(project, sample, batch_size=3)
    assert failure(job) == ""
    found = answers(job)
    assert [(line["subject"], line["number"]) for line in found] == [
        *(("harbour_rules", n) for n in (1, 2, 3, 4)),
        *(("counting", n) for n in (1, 2)),
    ]
    trained = asked_model(project, str(sample))
    model = load_asked(trained, LoadOptions())
    for line in found:
        ids = torch.tensor([trained.tokenizer.encode(line["prompt"])])
        with torch.inference_mode():
            logits = model(input_ids=ids, use_cache=False).logits[0, -1].float()
        assert line["ids"] == {"A": 330, "B": 389, "C": 340, "D": 422}
        own = {letter: float(logits[i]) for letter, i in line["ids"].items()}
        assert line["scores"] == pytest.approx(own, rel=0.02, abs=0.02)
        assert line["picked"] == max("ABCD", key=lambda letter: line["scores"][letter])
        assert line["right"] == (line["picked"] == line["answer"])
    told = results(job)
    right = sum(line["right"] for line in found)
    assert told["accuracy_over_questions"] == round(100 * right / 6, 2)
    assert (told["questions"], told["right"], told["split"], told["n_shot"]) == (6, right, "test", 2)
    assert job.summary().result == told
    accuracy = [e for e in job.events() if isinstance(e, ev.Metric) and e.name == "accuracy"]
    assert (accuracy[-1].step, accuracy[-1].value) == (6, 100 * right / 6)


@pytest.mark.parametrize("shots", [0, 2])
def test_twice_is_the_same_and_batches_do_not_matter(project: Project, sample: Path, shots: int) -> None:
    first = sit(project, sample, n_shot=shots)
    again = sit(project, sample, n_shot=shots)
    assert (first.folder / "exam_answers.jsonl").read_bytes() == (again.folder / "exam_answers.jsonl").read_bytes()
    alone = answers(sit(project, sample, n_shot=shots, batch_size=1))
    for one, other in zip(answers(first), alone, strict=True):
        assert one["scores"] == pytest.approx(other["scores"], rel=0.02, abs=0.02)
        assert {**one, "scores": 0} == {**other, "scores": 0}


def test_run_and_checkpoint_answer_as_themselves(project: Project, sample: Path) -> None:
    run = make_run(project, sample, checkpoints=(5,))
    jobs = [sit(project, asked) for asked in (sample, run.id, "run-1/checkpoint-5", f"jobs/{run.folder.name}")]
    base, whole, checkpoint, by_folder = (tuple(tuple(a["scores"].values()) for a in answers(job)) for job in jobs)
    assert len({base, whole, checkpoint}) == 3 and by_folder == whole
    assert results(jobs[1])["adapter"] == str(run.folder)
    assert results(jobs[0])["adapter"] == "" and results(jobs[0])["base_model"] == str(sample)


def test_a_chat_is_asked_by_the_runs_template(project: Project, sample: Path) -> None:
    found = answers(sit(project, sample, chat=True, n_shot=1))
    assert found[0]["ids"] == {"A": 49, "B": 50, "C": 51, "D": 52}
    assert found[0]["prompt"].endswith("Answer:<|im_end|>\n<|im_start|>assistant\n")
    assert found[0]["prompt"].count("<|im_start|>assistant\nA<|im_end|>") == 1


def test_shuffled_choices_are_said(project: Project, sample: Path) -> None:
    found = sit(project, sample, shuffle_seed=3)
    assert results(found)["shuffle_seed"] == 3
    plain = answers(sit(project, sample))
    moved = answers(found)
    assert any(a["choices"] != b["choices"] for a, b in zip(plain, moved, strict=True))
    key = [[line["choices"]["ABCD".index(line["answer"])] for line in lines] for lines in (plain, moved)]
    assert key[0] == key[1]


def test_a_killed_exam_goes_on(project: Project, sample: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = sit(project, sample, batch_size=2)
    own, done = LetterScorer.scores, []

    def dying(self: LetterScorer, batch: list[Asked], prefix_len: int) -> Any:
        if len(done) == 1:
            raise SystemExit("killed")
        done.append(len(batch))
        return own(self, batch, prefix_len)

    with monkeypatch.context() as patched, pytest.raises(SystemExit):
        patched.setattr(LetterScorer, "scores", dying)
        sit(project, sample, batch_size=2)
    job = project.jobs()[-1]
    assert job.summary().state is State.INTERRUPTED and len(answers(job)) == 2
    monkeypatch.setattr(LetterScorer, "scores", lambda self, b, n: (done.append(len(b)), own(self, b, n))[1])
    assert run_job(job, work) == 0
    assert done == [2, 2, 2]
    for one, other in zip(answers(job), answers(whole), strict=True):
        assert one["scores"] == pytest.approx(other["scores"], rel=0.02, abs=0.02)
    assert results(job)["accuracy_over_questions"] == results(whole)["accuracy_over_questions"]


@pytest.mark.parametrize(("command", "state"), [("stop", State.STOPPED), ("pause", State.PAUSED)])
def test_stop_and_pause_keep_what_is_answered(
    project: Project, sample: Path, monkeypatch: pytest.MonkeyPatch, command: str, state: State
) -> None:
    own = LetterScorer.scores

    def asking(self: LetterScorer, batch: list[Asked], prefix_len: int) -> Any:
        project.jobs()[-1].ask(command)
        return own(self, batch, prefix_len)

    monkeypatch.setattr(LetterScorer, "scores", asking)
    job = sit(project, sample, batch_size=4)
    assert job.summary().state is state and len(answers(job)) == 4
    if state is State.STOPPED:
        assert results(job)["questions"] == 4
    else:
        assert not (job.folder / "exam_results.json").exists()
        monkeypatch.setattr(LetterScorer, "scores", own)
        assert run_job(job, work) == 0 and results(job)["questions"] == 6


def test_answers_to_other_questions_do_not_count(project: Project, sample: Path, tmp_path: Path) -> None:
    data = tmp_path / "exam.csv"
    data.write_bytes(MINI.read_bytes())
    job = sit(project, sample, data=str(data))
    data.write_text(data.read_text(encoding="utf-8").replace("Half of one?", "Half of two?"), encoding="utf-8")
    lines = job.journal_path.read_bytes().splitlines(keepends=True)
    assert isinstance(job.events()[-1], ev.Finished)
    job.journal_path.write_bytes(b"".join(lines[:-1]))  # as if killed just before its end
    asked: list[int] = []
    own = LetterScorer.scores
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(LetterScorer, "scores", lambda self, b, n: (asked.append(len(b)), own(self, b, n))[1])
        assert run_job(job, work) == 0
    assert asked == [2]  # its subject alone
    assert "Half of two?" in [line["question"] for line in answers(job)]


class Watched:
    """A model that notes what it is asked: tokens a row, and whether they follow kept keys and values."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self.calls: list[tuple[int, bool]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)

    def __call__(self, **kwargs: Any) -> Any:
        self.calls.append((kwargs["input_ids"].shape[1], kwargs.get("past_key_values") is not None))
        return self._model(**kwargs)


class Forgetful(Watched):
    """One whose kept keys and values mislead it: every answer after them is another one."""

    def __call__(self, **kwargs: Any) -> Any:
        out = super().__call__(**kwargs)
        if self.calls[-1][1]:
            out.logits = out.logits + torch.randn_like(out.logits) * 10
        return out


def prompts(sample: Path, count: int = 4) -> list[Asked]:
    from services.engine.exam_prompts import PromptWriter
    from services.engine.exams._files import read_exam
    from services.templates.tokenizer import Tokenizer

    found = read_exam(MINI)
    dev, test = ([q for q in found[split] if q.subject == "harbour_rules"] for split in ("dev", "test"))
    return PromptWriter(exams.get("own"), Tokenizer.load(sample)).subject(dev, test[:count], 2)


def test_what_prompts_share_is_computed_once(project: Project, sample: Path) -> None:
    from services.engine.exam_prompts import shared_prefix

    model = load_asked(asked_model(project, str(sample)), LoadOptions(dtype="fp32"))
    asked = prompts(sample)
    prefix_len = shared_prefix([a.ids for a in asked])
    assert prefix_len > 60
    watched = Watched(model)
    scorer = LetterScorer(watched)
    quick = scorer.scores(asked[:2], prefix_len) + scorer.scores(asked[2:], prefix_len)
    lengths = [length for length, _ in watched.calls]
    assert lengths.count(prefix_len) == 1
    assert sum(kept for _, kept in watched.calls) == 2
    plain = LetterScorer(model, reuse=False).scores(asked, prefix_len)
    for one, other in zip(quick, plain, strict=True):
        assert one == pytest.approx(other, abs=1e-4)


def test_a_model_that_cannot_keep_a_prefix_is_found_out(project: Project, sample: Path) -> None:
    model = load_asked(asked_model(project, str(sample)), LoadOptions(dtype="fp32"))
    asked = prompts(sample)
    forgetful = Forgetful(model)
    scorer = LetterScorer(forgetful)
    found = scorer.scores(asked, 60) + scorer.scores(asked, 60)
    plain = LetterScorer(model, reuse=False).scores(asked, 0)
    assert found == [pytest.approx(scores, abs=1e-4) for scores in plain * 2]
    assert sum(kept for _, kept in forgetful.calls) == 1


def test_scores_are_finer_than_bf16(project: Project, sample: Path) -> None:
    trained = asked_model(project, str(sample))
    model = load_asked(trained, LoadOptions(dtype="bf16"))
    model.lm_head.weight.data *= 40  # logits of usual size, where a step of bf16 is 0.125
    asked = prompts(sample)
    found = LetterScorer(model).scores(asked, 0)
    assert max(map(abs, found[0])) > 4
    rounded = [[float(torch.tensor(x).bfloat16()) for x in scores] for scores in found]
    assert all(a != b for a, b in zip(found[0], rounded[0], strict=True))
    for scores, question in zip(found, asked, strict=True):
        with torch.inference_mode():
            hidden = model.model(input_ids=torch.tensor([question.ids]), use_cache=False).last_hidden_state[0, -1]
            exact = model.lm_head.weight[list(question.letter_ids)].float() @ hidden.float()
        assert scores == pytest.approx(exact.tolist(), rel=0.05, abs=1.5)  # a batch rounds otherwise than a row alone
    for scores, other in zip(found, LetterScorer(model).scores(asked, 0), strict=True):
        assert scores == other
    model.lm_head.bias = torch.nn.Parameter(torch.full((49152,), 3.0, dtype=torch.bfloat16))
    assert LetterScorer(model).scores(asked, 0)[0] == pytest.approx([x + 3 for x in found[0]], abs=1e-4)


def test_a_model_that_scales_its_logits_is_taken_at_its_word(project: Project, sample: Path) -> None:
    model = load_asked(asked_model(project, str(sample)), LoadOptions(dtype="fp32"))
    asked = prompts(sample)
    plain = LetterScorer(model).scores(asked, 0)

    class Capped(Watched):
        def __call__(self, **kwargs: Any) -> Any:
            out = super().__call__(**kwargs)
            out.logits = torch.tanh(out.logits / 30) * 30
            return out

    for one, other in zip(LetterScorer(Capped(model)).scores(asked, 0), plain, strict=True):
        assert one == pytest.approx((torch.tanh(torch.tensor(other) / 30) * 30).tolist(), abs=1e-4)


def test_a_batch_that_does_not_fit_is_halved(project: Project, sample: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = load_asked(asked_model(project, str(sample)), LoadOptions(dtype="fp32"))
    asked, own = prompts(sample, 3), LetterScorer._forward
    whole = LetterScorer(model).scores(asked, 40)

    def short(self: LetterScorer, batch: list[Asked], start: int, cache: Any) -> Any:
        if len(batch) > 1:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return own(self, batch, start, cache)

    monkeypatch.setattr(LetterScorer, "_forward", short)
    assert LetterScorer(model).scores(asked, 40) == [pytest.approx(scores, abs=1e-4) for scores in whole]
    monkeypatch.setattr(LetterScorer, "_forward", lambda *_: (_ for _ in ()).throw(MemoryError()))
    with pytest.raises(Exception, match="not enough memory for one question"):
        LetterScorer(model).scores(asked, 40)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"task": "gpqa"}, "There is no exam called gpqa."),
        ({"task": "own", "split": "val"}, "This exam has no questions of the kind val; it has dev (4), test (6)."),
        ({"task": "own_validation"}, "This exam has no questions of the kind val; it has dev (4), test (6)."),
        ({"task": "ceval"}, "This exam has no questions of the kind val; it has dev (4), test (6)."),
        ({"data": "none"}, "There is no file or folder"),
        ({"asked": "17"}, "The model 17 is not on this machine."),
    ],
)
def test_what_cannot_be_sat_is_a_sentence(
    project: Project, sample: Path, fields: dict[str, Any], sentence: str
) -> None:
    asked = fields.pop("asked", sample)
    assert failure(sit(project, asked, **fields)).startswith(sentence)


def test_questions_without_a_key_are_refused(project: Project, sample: Path, tmp_path: Path) -> None:
    folder = tmp_path / "test"
    folder.mkdir()
    (folder / "law_test.csv").write_text("id,question,A,B,C,D\n0,Who?,1,2,3,4\n", encoding="utf-8")
    assert failure(sit(project, sample, data=str(tmp_path))) == ("1 of 1 questions do not say which answer is right.")


def test_what_is_less_than_asked_for_is_said(project: Project, sample: Path) -> None:
    assert messages(sit(project, sample, n_shot=5)) == [
        "Subjects with fewer than 5 worked examples, asked with what they have: harbour_rules, counting."
    ]
    assert messages(sit(project, sample, n_shot=2)) == []
    assert messages(sit(project, sample, task="own_dev", n_shot=0)) == []


def test_a_model_of_little_memory_is_asked_with_less(project: Project, sample: Path, tmp_path: Path) -> None:
    import shutil

    small = tmp_path / "small"
    shutil.copytree(sample, small)
    config = json.loads((small / "config.json").read_text(encoding="utf-8"))
    config["max_position_embeddings"] = 70
    (small / "config.json").write_text(json.dumps(config), encoding="utf-8")
    job = sit(project, small)
    told = " ".join(messages(job))
    assert "Questions with fewer worked examples, because the model knows 70 tokens only: " in told
    assert failure(job) == "" and {line["shots"] for line in answers(job)} <= {0, 1}
