"""Cards as nvidia-smi tells them, and what this PC can train."""

import sys
from pathlib import Path

import pytest

from services.hardware import Card, NoCards, Sampler, best_card, find_cards, machine, nvidia_cards, what_can_train
from services.hardware import nvidia as smi_module
from services.hardware.nvidia import Answer, Runner, run_program
from services.hardware.processor import _linux_cpuinfo, disk_free_gib, memory_gib, processor, processor_card
from services.i18n import set_language
from tests.services.hardware import smi


@pytest.fixture(autouse=True)
def a_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if nvidia-smi were there; what it says comes from the runner."""
    monkeypatch.setattr(smi_module, "nvidia_smi", lambda: "nvidia-smi")


def test_a_card_in_all_its_facts() -> None:
    (card,) = nvidia_cards(smi.answering(smi.RTX_4070))
    assert card == Card(
        kind="cuda",
        name="NVIDIA GeForce RTX 4070",
        total_gib=12282 / 1024,
        used_gib=1103 / 1024,
        index=0,
        uuid="GPU-4c1f8b0e-1111-2222-3333-444455556666",
        driver="581.57",
        compute_capability=8.9,
        bf16=True,
        temperature_c=41.0,
        utilization_pct=3.0,
        power_w=27.51,
    )
    assert (card.short_name, card.nominal_gb, card.too_old) == ("RTX 4070", 12, False)
    assert card.free_gib == pytest.approx(10.92, abs=0.01)


def test_what_a_card_does_not_say_is_unknown() -> None:
    first, second = nvidia_cards(smi.answering(smi.TWO))
    assert first.utilization_pct is None and first.power_w is None and first.temperature_c == 35
    assert first.too_old and not first.bf16
    assert second.utilization_pct == 0 and second.bf16


def test_the_usable_and_larger_card_comes_first() -> None:
    assert [card.short_name for card in find_cards(smi.answering(smi.TWO))] == ["RTX 3090", "GT 1030"]
    assert best_card(smi.answering(smi.TWO)).short_name == "RTX 3090"
    assert best_card(smi.answering(smi.GTX_1080)).kind == "cpu"
    assert best_card(smi.answering(smi.NO_DEVICES)).kind == "cpu"


def test_an_old_driver_is_asked_again_without_the_newer_field() -> None:
    (card,) = nvidia_cards(smi.old_driver)
    assert card.compute_capability == 0 and card.bf16 and not card.too_old


@pytest.mark.parametrize(
    ("run", "sentence"),
    [
        (smi.answering(smi.NO_DRIVER, 9), "not running"),
        (smi.answering(smi.MISMATCH, 18), "not running"),
        (smi.answering(smi.NO_DEVICES, 0), "finds no card"),
        (smi.answering(smi.NO_DEVICES, 6), "finds no card"),
        (smi.answering("", None), "does not answer"),
        (smi.answering("garbage, line\n"), "finds no card"),
    ],
)
def test_no_card_comes_with_its_reason(run: Runner, sentence: str) -> None:
    with pytest.raises(NoCards, match=sentence) as caught:
        nvidia_cards(run)
    assert caught.value.way_out
    ability = what_can_train(run)
    assert ability.card.kind == "cpu" and sentence in ability.text()


def test_no_driver_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smi_module, "nvidia_smi", lambda: "")
    with pytest.raises(NoCards, match="No NVIDIA driver is installed"):
        nvidia_cards()


@pytest.mark.parametrize(
    ("gib", "qlora", "lora"),
    [(4, 1.5, 0.5), (6, 4, 1.5), (8, 4, 1.5), (12, 8, 4), (16, 14, 4), (24, 24, 8), (80, 70, 32)],
)
def test_what_cards_of_usual_sizes_can_train(gib: int, qlora: float, lora: float) -> None:
    line = f"0, GPU-x, NVIDIA GeForce RTX 4000, 581.57, {gib * 1024}, 0, 40, 0, 20.0, 8.9\n"
    ability = what_can_train(smi.answering(line))
    assert (ability.qlora_b, ability.lora_b) == (qlora, lora)
    assert ability.text() == f"RTX 4000, {gib} GB: up to {qlora:g}B with QLoRA, {lora:g}B with LoRA."


def test_the_sentence_agrees_with_the_forecast() -> None:
    from services.recipes import Recipe
    from services.recipes.forecast import forecast
    from tests.services.recipes.test_forecast import eight_b

    card = what_can_train(smi.answering(smi.RTX_4070)).card
    assert forecast(Recipe(quantization_bit=4), eight_b(), [512] * 100, card, speeds=[]).fits
    assert not forecast(Recipe(), eight_b(), [512] * 100, card, speeds=[]).fits


@pytest.mark.parametrize(
    ("output", "reason"), [(smi.GTX_1080, "too old"), (smi.LAPTOP_2_GB, "too little memory to train on")]
)
def test_a_card_that_cannot_train_says_why(output: str, reason: str) -> None:
    ability = what_can_train(smi.answering(output))
    assert ability.card.kind == "cpu" and reason in ability.reason and ability.way_out
    assert ability.text().startswith(("On the processor", "This PC"))


def test_a_pc_with_little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "memory_gib", lambda: (2.0, 1.0))
    assert what_can_train(smi.answering(smi.NO_DEVICES)).text().startswith("This PC has too little memory")


def test_the_line_is_said_in_the_persons_language() -> None:
    ability = what_can_train(smi.answering(smi.RTX_4070))
    set_language("en")
    assert ability.localized() == ability.text()


def test_sampling_asks_no_more_where_no_card_answers() -> None:
    asked: list[list[str]] = []

    def run(arguments: list[str]) -> Answer:
        asked.append(arguments)
        return Answer(None, "")

    sampler = Sampler(run)
    first, second = sampler.read(), sampler.read()
    assert first.cards == second.cards == () and len(asked) == 1
    assert 0 < second.memory_used_gib < second.memory_total_gib
    assert Sampler(smi.answering(smi.RTX_4070)).read().cards[0].temperature_c == 41


def test_programs_are_run_with_their_output_and_status() -> None:
    done = run_program([sys.executable, "-c", "import sys; print('hi'); sys.exit(3)"])
    assert (done.code, done.output.strip()) == (3, "hi")
    assert run_program(["no such program here"]).code is None


def test_the_processor() -> None:
    found = processor()
    assert 1 <= found.cores <= found.threads and found.name
    card = processor_card()
    assert card.kind == "cpu" and card.bf16 == found.bf16
    assert card.total_gib == pytest.approx(memory_gib()[0])


def test_flags_are_read_from_cpuinfo(tmp_path: Path) -> None:
    path = tmp_path / "cpuinfo"
    path.write_text(
        "processor\t: 0\nmodel name\t: Some CPU @ 3 GHz\nflags\t\t: fpu avx2 avx512_bf16 amx_bf16\n\nprocessor\t: 1\n",
        encoding="utf-8",
    )
    assert _linux_cpuinfo(path) == ("Some CPU @ 3 GHz", {"fpu", "avx2", "avx512_bf16", "amx_bf16"})
    assert _linux_cpuinfo(tmp_path / "none") == ("", set())


def test_free_space_of_a_folder_that_is_not_there_yet(tmp_path: Path) -> None:
    assert disk_free_gib(tmp_path / "不在" / "yet") == pytest.approx(disk_free_gib(tmp_path), rel=0.05)
