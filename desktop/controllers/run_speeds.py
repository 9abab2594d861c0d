"""What finished runs teach about minutes: their tokens a second go into this machine's list of speeds."""

import statistics

from services.catalogue import find_model
from services.errors import TunesmithError
from services.hardware import Card
from services.jobs.metrics import RunMetrics
from services.recipes import Recipe
from services.recipes.forecast import forecast
from services.recipes.model_info import read_model_info
from services.recipes.recipe import validated
from services.recipes.speeds import Speed, record_speed

_LEAST = 3  # logged points; the first is of the warm-up
_CURVE = "tokens_per_s"


def learn_speed(recipe_values: dict[str, object], metrics: RunMetrics, card: Card) -> Speed | None:
    """Remember how fast a run of the recipe went on a card; None if too little was logged, or its model is gone."""
    curve = metrics.columns.get(_CURVE)
    if curve is None or len(curve) < _LEAST:
        return None
    try:
        recipe: Recipe = validated(dict(recipe_values))
        model = read_model_info(find_model(recipe.model_name_or_path).path)
    except TunesmithError:
        return None
    speed = Speed(
        card.name,
        model.name,
        model.parameters,
        recipe.method,
        forecast(recipe, model, None, card, rows=1, speeds=[]).checkpointing,
        statistics.median(float(value) for value in curve.values[1:]),
    )
    record_speed(speed)
    return speed
