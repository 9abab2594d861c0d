"""tunesmith recipe ... and tunesmith doctor."""

import json
from pathlib import Path

import pytest

from services.cli.main import main
from services.hardware import doctor as doctor_module
from services.hardware.doctor import Finding
from services.recipes import FIELDS, load_recipe

_FOLDER = Path(__file__).parents[2] / "data" / "recipes"
QLORA = str(_FOLDER / "qlora_sft_otf.yaml")


def test_show_prints_a_recipe_that_loads(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["recipe", "show", QLORA, "--set", "lora_rank=32"]) == 0
    assert load_recipe(capsys.readouterr().out).lora_rank == 32
    assert main(["recipe", "show", QLORA, "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["recipe"]["quantization_bit"] == 4 and data["unknown_keys"] == []


def test_a_setting_may_mend_what_a_file_says_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text("bf16: true\nfp16: true\n", encoding="utf-8")
    assert main(["recipe", "show", str(path)]) == 1
    assert "bf16 and fp16" in capsys.readouterr().err
    assert main(["recipe", "show", str(path), "--set", "fp16=off"]) == 0


def test_check_tells_problems_and_notes(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["recipe", "check", QLORA]) == 0
    assert capsys.readouterr().out.startswith("This recipe can be used.\nnote: ")
    wrong = tmp_path / "坏 recipe.yaml"
    wrong.write_text("lora_rank: 0\ncutoff_len: x\nmedia_dir: y\n", encoding="utf-8")
    assert main(["recipe", "check", str(wrong)]) == 1
    assert capsys.readouterr().err.count("is a whole number") == 2
    assert main(["recipe", "check", str(wrong), "--json"]) == 1
    data = json.loads(capsys.readouterr().out)
    assert data["ok"] is False and [p["field"] for p in data["problems"]] == ["cutoff_len", "lora_rank"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_a_file_in_any_usual_encoding(encoding: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_bytes("dataset: 客服问答\n".encode(encoding))
    assert main(["recipe", "show", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["recipe"]["dataset"] == "客服问答"


def test_a_file_that_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["recipe", "show", str(tmp_path / "none.yaml")]) == 1
    assert "cannot be read" in capsys.readouterr().err
    (tmp_path / "x.yaml").write_bytes(b"\x89PNG\r\n\x1a\n\x00\xff\xff\xff")
    assert main(["recipe", "show", str(tmp_path / "x.yaml")]) == 1
    assert capsys.readouterr().err.count("\n") <= 2


def test_fields_as_list_table_and_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["recipe", "fields", "--json", "--lang", "zh"]) == 0
    fields = json.loads(capsys.readouterr().out)["fields"]
    assert [f["name"] for f in fields] == list(FIELDS)
    assert main(["recipe", "fields", "--markdown"]) == 0
    table = capsys.readouterr().out
    assert all(f"| `{name}` |" in table for name in FIELDS)
    assert {line.count("|") - line.count("\\|") for line in table.splitlines()} == {4}
    assert main(["recipe", "fields", "--group", "adapter"]) == 0
    assert "lora_alpha = 2 × lora_rank" in capsys.readouterr().out
    assert main(["recipe", "fields", "--group", "nothing"]) == 2


def test_presets_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["recipe", "presets", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["presets"][0]["id"] == "quick-try"


@pytest.mark.parametrize(("state", "code"), [("ok", 0), ("warn", 0), ("bad", 1)])
def test_doctor_ends_with_what_it_found(
    state: str, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = Finding("disk", "Disk", state, "{free} GB free.", "Free some.", {"free": 3})  # type: ignore[arg-type]
    monkeypatch.setattr(doctor_module, "examine", lambda ids: [found])
    assert main(["doctor"]) == code
    assert "Disk: 3 GB free. Free some." in capsys.readouterr().out
    assert main(["doctor", "--json"]) == code
    assert json.loads(capsys.readouterr().out) == {"ok": code == 0, "checks": [found.plain()]}


def test_doctor_knows_its_checks(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "nothing"]) == 2
    assert main(["doctor", "memory", "network", "--json"]) in (0, 1)
    assert [c["id"] for c in json.loads(capsys.readouterr().out.splitlines()[-1])["checks"]] == ["memory", "network"]
