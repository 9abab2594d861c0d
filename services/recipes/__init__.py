"""Recipes: the typed parameters of a run, their help texts, YAML, presets and the forecast."""

from services.recipes.check import contradictions
from services.recipes.errors import FieldProblem, RecipeError
from services.recipes.file import load_recipe, read_recipe_file, save_recipe
from services.recipes.recipe import FIELDS, Recipe, describe, read_recipe
from services.recipes.schema.groups import GROUPS
from services.recipes.schema.param import Parameter
from services.recipes.schema.types import split_names

__all__ = [
    "FIELDS",
    "GROUPS",
    "FieldProblem",
    "Parameter",
    "Recipe",
    "RecipeError",
    "contradictions",
    "describe",
    "load_recipe",
    "read_recipe",
    "read_recipe_file",
    "save_recipe",
    "split_names",
]
