"""`tunesmith data encode` and `data tokens`, from a file to ids: the whole way that a person goes."""

import json
from pathlib import Path

import pytest

from services.cli.main import main
from tests.services.templates.talks import CASES, MODEL_DIR, demo_text, gold


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "项目 one"
    assert main(["new", str(folder)]) == 0
    return folder


def add(project: Path, name: str, text: str, *options: str) -> None:
    """Import a file of that name and text."""
    path = project.parent / name
    path.write_text(text, encoding="utf-8")
    assert main(["data", "add", str(project), str(path), *options]) == 0


def run(capsys: pytest.CaptureFixture[str], *args: str, code: int = 0) -> tuple[str, str]:
    """Output and errors of a command that ends with that code."""
    capsys.readouterr()
    assert main(list(args)) == code
    out, err = capsys.readouterr()
    return out, err


@pytest.mark.parametrize(
    "name",
    [
        "identity.sft.smollm2.2048",
        "alpaca_en_demo.sft.smollm2.96",
        "dpo_en_demo.dpo.smollm2.128",
        "kto_en_demo.kto.smollm2.128",
        "c4_demo.pt.smollm2.256",
    ],
)
def test_the_record_comes_out_of_the_command(name: str, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dataset, stage, template, cutoff = name.split(".")
    file = f"{dataset}.jsonl" if stage == "pt" else f"{dataset}.json"
    add(project, file, demo_text(file))
    command = ["data", "encode", str(project), dataset, "--stage", stage, "--template", template]
    command += ["--model", str(MODEL_DIR), "--cutoff-len", cutoff, "--truncation", "llamafactory"]
    out, err = run(capsys, *command)
    rows, expected = [json.loads(line) for line in out.splitlines()], gold(name)
    keys = [k for k in expected[0] if k.endswith(("input_ids", "labels", "kto_tags")) and ":" not in k]
    assert err == ""
    assert len(rows) == len(expected)
    for row, wanted in zip(rows, expected, strict=True):
        assert {k: row[k] for k in keys} == {k: wanted[k] for k in keys}


def test_settings_are_those_of_recipes(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    add(project, "talk.json", (CASES / "C13.long_talk.json").read_text(encoding="utf-8"))
    command = ["data", "encode", str(project), "talk", "--model", str(MODEL_DIR)]
    (line,) = run(capsys, *command, "--set", "mask_history=true")[0].splitlines()
    row = json.loads(line)
    assert row["labels"][:269] == [-100] * 269
    assert len(row["input_ids"]) == 288
    (line,) = run(capsys, *command, "--set", "cutoff_len=128", "--set", "truncation=llamafactory")[0].splitlines()
    assert len(json.loads(line)["input_ids"]) == 128
    _, err = run(capsys, *command, "--set", "mask_histori=true", code=1)
    assert "mask_history" in err


def test_rows_that_cannot_be_trained_are_named_on_stderr(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    add(project, "cut.json", (CASES / "C13.all_cut.json").read_text(encoding="utf-8"))
    out, err = run(capsys, "data", "encode", str(project), "cut", "--model", str(MODEL_DIR), "--cutoff-len", "16")
    assert out == ""
    assert err.count("this row trains nothing") == 3
    assert "3 rows left out" in err
    out, _ = run(capsys, "data", "encode", str(project), "cut", "--model", str(MODEL_DIR), "--limit", "2")
    assert len(out.splitlines()) == 2


def test_tokens(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    add(project, "cut.json", (CASES / "C13.cutoff.json").read_text(encoding="utf-8"))
    command = ["data", "tokens", str(project), "cut", "--model", str(MODEL_DIR), "--cutoff-len", "128"]
    facts = json.loads(run(capsys, *command, "--json")[0])
    assert (facts["rows"], facts["shortest_cutoff"], facts["longest"]) == (8, 329, 330)
    assert {kind: len(rows) for kind, rows in facts["cut"].items()} == {"history": 0, "prompt": 3, "answer": 3}
    assert sorted(facts["lengths"].values()) == [24, 128, 130, 219, 256, 272, 276, 330]
    text = run(capsys, *command)[0]
    assert "cutoff_len 329 would keep everything" in text
    assert "3 rows lose part of an answer" in text
    assert facts["shortest_cutoffs"] == {"100%": 329, "99%": 329, "95%": 329}
    assert facts["percentiles"]["50"] == 219
    assert sum(facts["histogram"]["rows"]) == 8
    assert (facts["tokens_uncut"], facts["trained_tokens_uncut"]) == (1635, sum(facts["trained"].values()))
    assert f"takes {1635 - facts['tokens']} tokens" in text
    first, *others = run(capsys, *command, "--rows")[0].splitlines()
    assert first.startswith("row 3: 330 tokens")
    assert first.endswith("loses part of a question")
    assert len(others) == 7
    text = run(capsys, *command[:-1], "16")[0]
    assert "0 of 8 rows train" in text
    assert "their answer is cut away" in text


@pytest.mark.parametrize(
    ("change", "code", "sentence"),
    [
        ({"--template": "nonsense"}, 1, "no template called nonsense"),
        ({"--model": "/nowhere/at/all"}, 1, "There is no folder"),
        ({"--stage": "grro"}, 2, "no stage"),
        ({"NAME": "other"}, 1, "no data set other"),
    ],
)
def test_wrong_usage_is_one_sentence(
    change: dict[str, str], code: int, sentence: str, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    add(project, "one.json", '[{"instruction": "a", "output": "b"}]')
    options = {"--model": str(MODEL_DIR), **{k: v for k, v in change.items() if k != "NAME"}}
    words = [word for pair in options.items() for word in pair]
    for command in ("encode", "tokens"):
        out, err = run(capsys, "data", command, str(project), change.get("NAME", "one"), *words, code=code)
        assert out == ""
        assert sentence in err
        assert "Traceback" not in err


def test_c05_what_is_trained(project: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """OpenAI rows with tools: text and call together, weight 0, a row that ends on a tool's result."""
    from services.templates import Tokenizer
    from tests.services.templates.talks import THINKING

    for name in ("tokenizer.json", "tokenizer_config.json"):
        (tmp_path / name).write_bytes((MODEL_DIR / name).read_bytes())
    (tmp_path / "chat_template.jinja").write_text(THINKING, encoding="utf-8")
    add(project, "tools.jsonl", (CASES / "C05.openai_tools.jsonl").read_text(encoding="utf-8"))
    out, err = run(
        capsys, "data", "encode", str(project), "tools", "--model", str(tmp_path), "--set", "enable_thinking=false"
    )
    tokenizer = Tokenizer.load(tmp_path)
    trained: dict[int, str] = {}
    for line in out.splitlines():
        row = json.loads(line)
        ids = [i for i in row["labels"] if i != -100]
        trained[row["row_id"]] = trained.get(row["row_id"], "") + tokenizer.decode(ids)
    ids = sorted(trained)
    texts = {number: trained.get(number, "") for number in range(1, 13)}
    assert ids[0] == 1
    assert '"arguments": {"item": 11}' in texts[1] and "Four are left." in texts[1]
    assert "I will look that up.<tool_call>" in texts[2] and '{"item": 12}' in texts[2] and "None are left." in texts[2]
    assert texts[3].count("<tool_call>") == 2
    assert '"note": "库存 \\"x\\"\\n"' in texts[5]
    assert texts[9] == "" and "row 9" in err
    assert '{"item": 21}' in texts[10]
    assert "I guess" not in texts[11] and "I do not know." in texts[11]
