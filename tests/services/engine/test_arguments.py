"""What a recipe becomes for the Trainer."""

import pytest

from services.engine.arguments import logging_steps
from services.recipes import Recipe, load_recipe


@pytest.mark.parametrize(
    ("asked", "steps", "every"),
    [(1, 30, 1), (10, 1000, 10), (500, 36, 1), (500, 400, 20), (5, 40, 5), (5, 12, 5), (500, 0, 500), (0.1, 50, 0.1)],
)
def test_a_short_run_shows_a_curve(asked: float, steps: int, every: float) -> None:
    assert logging_steps(Recipe(logging_steps=asked), steps) == every


def test_a_file_that_does_not_say_logs_a_short_run_too() -> None:
    recipe = load_recipe("model_name_or_path: m\ndataset: d\n")
    assert recipe.logging_steps == 500
    assert logging_steps(recipe, 36) == 1
