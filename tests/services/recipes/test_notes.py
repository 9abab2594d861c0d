"""Notes of a sound recipe: what has no effect is said, never silently ignored."""

from pathlib import Path

from services.recipes import Recipe, load_recipe
from services.recipes.notes import not_applied, notes

_FOLDER = Path(__file__).parents[2] / "data" / "recipes"


def _texts(recipe: Recipe) -> dict[str, str]:
    return {note.field: note.text() for note in notes(recipe)}


def test_the_usual_recipe_needs_no_note() -> None:
    assert notes(Recipe()) == []
    assert notes(load_recipe("stage: sft\n")) == []


def test_unknown_keys_come_with_the_nearest_known() -> None:
    texts = _texts(Recipe.model_validate({"lora_rnak": 8, "zzzz": 1}))
    assert texts["lora_rnak"].endswith("Did you mean lora_rank?")
    assert "no effect" in texts["zzzz"]


def test_what_this_version_does_not_act_on_is_said() -> None:
    galore = load_recipe((_FOLDER / "galore_sft.yaml").read_text(encoding="utf-8"))
    assert set(not_applied(galore)) == {"use_galore", "galore_rank", "galore_layerwise"}
    assert "does not act on it yet" in _texts(galore)["use_galore"]


def test_what_is_kept_for_the_other_program_is_one_note() -> None:
    sft = load_recipe((_FOLDER / "lora_sft.yaml").read_text(encoding="utf-8"))
    texts = _texts(sft)
    assert list(texts) == [""]
    assert "ddp_timeout" in texts[""] and "output_dir" in texts[""]


def test_a_value_out_of_its_place() -> None:
    texts = _texts(Recipe(finetuning_type="full", learning_rate=1e-5, lora_rank=16, kto_chosen_weight=2.0))
    assert texts["lora_rank"] == "lora_rank has no effect in stage sft with method full."
    assert "kto_chosen_weight" in texts


def test_high_learning_rates() -> None:
    assert "high learning rate" in _texts(Recipe(finetuning_type="full"))["learning_rate"]
    assert "learning_rate" not in _texts(Recipe())
    assert "learning_rate" in _texts(Recipe(learning_rate=2e-3))
