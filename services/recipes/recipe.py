"""The recipe: how a model is trained, in LLaMA-Factory's names. Torch-free, Qt-free.

recipe = Recipe(model_name_or_path="...", dataset="support")
recipe = recipe.with_values(lora_rank=16)
TrainRequest(recipe=recipe.model_dump(mode="json", exclude_defaults=True))
"""

from typing import Any, Literal

from pydantic import ConfigDict, ValidationError, model_validator

from services.recipes.errors import FieldProblem, RecipeError, problems_of
from services.recipes.schema.data import DataParameters
from services.recipes.schema.evaluation import EvaluationParameters
from services.recipes.schema.groups import GROUPS
from services.recipes.schema.method import AdapterParameters, MethodParameters
from services.recipes.schema.model import ModelParameters
from services.recipes.schema.optimiser import LowMemoryOptimiserParameters, OptimiserParameters
from services.recipes.schema.param import Parameter, parameter
from services.recipes.schema.precision import PrecisionParameters
from services.recipes.schema.predict import ExamParameters, ExportParameters, PredictParameters
from services.recipes.schema.preference import PpoParameters, PreferenceParameters
from services.recipes.schema.quantisation import QuantisationParameters
from services.recipes.schema.saving import SavingParameters
from services.recipes.schema.schedule import ScheduleParameters
from services.recipes.spelling import mended

OURS = "tunesmith"
"""The extra key that holds what a newer Tunesmith wrote into the comment of a file and this one does not know."""


class Recipe(
    ExamParameters,
    ExportParameters,
    PredictParameters,
    PpoParameters,
    PreferenceParameters,
    SavingParameters,
    EvaluationParameters,
    PrecisionParameters,
    LowMemoryOptimiserParameters,
    OptimiserParameters,
    ScheduleParameters,
    QuantisationParameters,
    AdapterParameters,
    MethodParameters,
    DataParameters,
    ModelParameters,
):
    """All parameters of a run. Immutable; `with_values` makes a changed copy.

    Keys that Tunesmith does not know are kept (`unknown_keys`) and written back. `model_validate` raises pydantic's
    ValidationError; `read_recipe` says the same in sentences and also finds contradictions between fields.
    """

    model_config = ConfigDict(extra="allow", frozen=True, validate_default=False)

    @model_validator(mode="before")
    @classmethod
    def _mend(cls, data: Any) -> Any:
        return mended(data, FIELDS) if isinstance(data, dict) else data

    def with_values(self, **changes: Any) -> "Recipe":
        """A copy with some values changed, read as forms and files spell them. RecipeError if one is wrong.

        A stage and the preference loss that means a stage (orpo, simpo) follow each other.
        """
        data = {**self.model_dump(exclude_defaults=True), **changes}
        if self.stage in ("orpo", "simpo"):
            if "stage" in changes and "pref_loss" not in changes:
                data.pop("pref_loss", None)
            elif "pref_loss" in changes and "stage" not in changes:
                data["stage"] = "dpo"
        return validated(data)

    @property
    def unknown_keys(self) -> list[str]:
        """Keys of the file that Tunesmith does not know, sorted; kept and written back, without effect here."""
        extra = dict(self.model_extra or {})
        ours = extra.pop(OURS, {})
        return sorted([*extra, *(f"{OURS}.{key}" for key in (ours if isinstance(ours, dict) else {}))])

    @property
    def method(self) -> Literal["full", "freeze", "lora", "qlora"]:
        """The method as it is shown: lora on a quantised base is qlora."""
        if self.finetuning_type == "lora" and self.quantization_bit:
            return "qlora"
        return self.finetuning_type

    @property
    def alpha(self) -> int:
        """lora_alpha, or twice the rank where it is left open."""
        return self.lora_alpha or 2 * self.lora_rank

    @property
    def packs(self) -> bool:
        """Whether rows are joined up to cutoff_len: asked for, or pre-training."""
        return self.neat_packing or (self.stage == "pt" if self.packing is None else self.packing)

    @property
    def checkpointing(self) -> Literal["on", "off", "auto"]:
        """Whether inner results are recomputed: on, off, or only if memory asks for it."""
        if self.disable_gradient_checkpointing or self.gradient_checkpointing is False:
            return "off"
        return "on" if self.gradient_checkpointing is True else "auto"

    def changed(self) -> dict[str, Any]:
        """Values that differ from the defaults, known parameters only, in the form's order."""
        return {name: getattr(self, name) for name, p in FIELDS.items() if getattr(self, name) != p.default}


def declared(recipe: type[Recipe]) -> dict[str, Parameter]:
    """Parameters of a recipe class by name, in the form's order. TypeError for a field that `param` did not declare."""
    order = list(GROUPS)
    found = [parameter(name, info) for name, info in recipe.model_fields.items()]
    return {p.name: p for p in sorted(found, key=lambda p: order.index(p.group))}


FIELDS: dict[str, Parameter] = {}
"""Every parameter by name, in the form's order."""
FIELDS.update(declared(Recipe))


def validated(data: dict[str, Any]) -> Recipe:
    """The recipe of plain data, each value right by itself. RecipeError with every wrong one."""
    try:
        return Recipe.model_validate(data)
    except ValidationError as error:
        raise RecipeError(problems_of(error, FIELDS)) from error


def read_recipe(data: dict[str, Any]) -> Recipe:
    """The recipe of plain data, each value right and none against another. RecipeError with every problem."""
    from services.recipes.check import contradictions

    recipe = validated(data)
    problems: list[FieldProblem] = contradictions(recipe)
    if problems:
        raise RecipeError(problems)
    return recipe


def describe(name: str, language: str = "en") -> str:
    """Title and help of a parameter: 'Rank: how much room ...'. KeyError for a name that is none."""
    found = FIELDS[name]
    return f"{found.title(language)}{'：' if language == 'zh' else ': '}{found.help(language)}"
