"""Recipes as files: the peer's own recipes load, ours are read by the peer, and nothing is lost on the way."""

from pathlib import Path

import pytest
from hypothesis import given, settings

from services.recipes import FIELDS, Recipe, RecipeError, load_recipe, save_recipe
from services.yaml import load_yaml
from tests.services.recipes.strategies import sound_recipes

_FOLDER = Path(__file__).parents[2] / "data" / "recipes"
_FILES = sorted(_FOLDER.glob("*.yaml"))
each_file = pytest.mark.parametrize("path", _FILES, ids=lambda p: p.stem)


def test_all_seventeen_are_here() -> None:
    assert len(_FILES) == 17


@each_file
def test_a_published_recipe_is_understood_whole(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    recipe = load_recipe(text)
    assert recipe.unknown_keys == []
    for name, value in load_yaml(text).items():
        found = getattr(recipe, name)
        assert found == (value if value is not None else FIELDS[name].default), name


@each_file
def test_a_published_recipe_keeps_its_meaning(path: Path) -> None:
    recipe = load_recipe(path.read_text(encoding="utf-8"))
    assert load_recipe(save_recipe(recipe)) == recipe


@each_file
def test_saved_again_it_says_the_same_to_llama_factory(path: Path) -> None:
    before = load_yaml(path.read_text(encoding="utf-8"))
    after = load_yaml(save_recipe(load_recipe(path.read_text(encoding="utf-8"))))
    for name in before.keys() | after.keys():
        silent = FIELDS[name].peer_default
        assert after.get(name, silent) == (before.get(name, silent) if before.get(name) is not None else silent), name


@settings(max_examples=200)
@given(sound_recipes)
def test_load_is_the_inverse_of_save(recipe: Recipe) -> None:
    assert load_recipe(save_recipe(recipe)) == recipe


@given(sound_recipes)
def test_only_llama_factorys_keys_and_values_are_written_outside_comments(recipe: Recipe) -> None:
    written = load_yaml(save_recipe(recipe)) or {}
    unknown = set(recipe.model_extra or {})
    assert not [name for name in written if name not in unknown and (name not in FIELDS or FIELDS[name].ours)]
    assert written.get("stage") in ("pt", "sft", "rm", "ppo", "dpo", "kto", "grpo")
    assert written.get("bf16") != "auto" and written.get("gradient_checkpointing") != "auto"
    assert written.get("template") != "model"


@given(sound_recipes)
def test_old_readers_read_the_same_values(recipe: Recipe) -> None:
    pyyaml = pytest.importorskip("yaml")  # LLaMA-Factory's readers follow YAML 1.1
    text = save_recipe(recipe)
    assert pyyaml.safe_load(text) == load_yaml(text)


def test_a_file_that_is_silent_means_what_llama_factory_takes() -> None:
    silent = load_recipe("stage: sft\n")
    assert (silent.learning_rate, silent.per_device_train_batch_size, silent.lr_scheduler_type) == (5e-5, 8, "linear")
    assert (silent.logging_steps, silent.save_steps, silent.save_total_limit, silent.plot_loss) == (
        500,
        500,
        None,
        False,
    )
    assert (silent.truncation, silent.template, silent.bf16) == ("llamafactory", "model", "auto")
    assert Recipe().learning_rate == 1e-4


def test_our_defaults_are_written_out() -> None:
    text = save_recipe(Recipe(dataset="support"))
    assert load_yaml(text)["learning_rate"] == 1e-4
    assert '# tunesmith: {"truncation": "tunesmith"}' in text
    assert load_recipe(text) == Recipe(dataset="support")


def test_orpo_and_simpo_are_written_as_dpo() -> None:
    text = save_recipe(Recipe(stage="simpo", simpo_gamma=1.0))
    assert {"stage": "dpo", "pref_loss": "simpo", "simpo_gamma": 1.0}.items() <= load_yaml(text).items()
    assert load_recipe(text).stage == "simpo"
    assert load_recipe("stage: orpo\n") == load_recipe("stage: dpo\npref_loss: orpo\n")


def test_grpo_says_that_it_is_ours_alone() -> None:
    text = save_recipe(Recipe(stage="grpo"))
    assert text.startswith("# LLaMA-Factory has no stage grpo")
    assert load_recipe(text).stage == "grpo"


def test_unknown_keys_come_back_in_the_file() -> None:
    recipe = load_recipe('media_dir: bilder\nimage_max_pixels: 589824\n# tunesmith: {"judge": "later"}\n')
    assert recipe.unknown_keys == ["image_max_pixels", "media_dir", "tunesmith.judge"]
    text = save_recipe(recipe)
    assert {"media_dir": "bilder", "image_max_pixels": 589824}.items() <= load_yaml(text).items()
    assert "judge" not in load_yaml(text)
    assert load_recipe(text) == recipe


def test_resume_from_the_last_checkpoint_stays_a_boolean_for_llama_factory() -> None:
    assert load_yaml(save_recipe(load_recipe("resume_from_checkpoint: true\n")))["resume_from_checkpoint"] is True


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("stage: [sft\n", "This file is no YAML"),
        ("- a\n- b\n", "This file is no recipe"),
        ("just words\n", "This file is no recipe"),
        ("stage: sft\nstage: dpo\n", "This file is no YAML"),
        ("lora_rank: many\n", "lora_rank is a whole number"),
        ("bf16: true\nfp16: true\n", "bf16 and fp16"),
        ("# tunesmith: {truncation: [}\n", "comment"),
        ('# tunesmith: {"truncation": "middle"}\n', "truncation is one of tunesmith, llamafactory"),
    ],
)
def test_a_bad_file_is_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(RecipeError, match=sentence):
        load_recipe(text)


def test_an_empty_file_is_a_recipe_of_defaults() -> None:
    assert load_recipe("") == load_recipe("# nothing\n")


def test_json_is_yaml_too() -> None:
    assert load_recipe('{"lora_rank": 4, "bf16": true}').lora_rank == 4
