"""Group Evaluation: measuring on rows that are not learned, while training."""

from typing import Annotated, Literal

from pydantic import BaseModel

from services.recipes.schema.param import param
from services.recipes.schema.types import Choice, Flag, MaybeCount, Real, Whole


class EvaluationParameters(BaseModel):
    """Which rows are kept apart, and how often they are measured."""

    val_size: Real = param(
        0.0,
        ge=0,
        le=1_000_000_000,
        group="evaluation",
        en=(
            "Rows kept apart",
            "Takes rows out of the training data to measure with: 0.1 is a tenth, 50 is fifty rows. With fewer "
            "than a hundred rows learn from all of them. Not together with eval_dataset.",
        ),
        zh=(
            "留出验证",
            "从训练数据里留出一部分用来测量：0.1 是十分之一，50 是五十条。不到一百条时请全部用来学。不能与 "
            "eval_dataset 同用。",
        ),
    )
    do_eval: Flag = param(
        False,
        group="evaluation",
        status="later",
        en=("Measure at the end", "Measures the eval loss once after training, also where eval_strategy is no."),
        zh=("结束时验证", "训练结束后测一次验证损失，eval_strategy 为 no 时也测。"),
    )
    eval_strategy: Annotated[Literal["no", "steps", "epoch"], Choice] = param(
        "no",
        group="evaluation",
        labels={
            "no": ("not while training", "训练中不验证"),
            "steps": ("every eval_steps", "每 eval_steps 步"),
            "epoch": ("after each round", "每轮之后"),
        },
        en=(
            "When to measure",
            "steps measures every eval_steps, epoch after each round. The eval loss tells learning from learning "
            "by heart: when it rises while the loss falls, stop there.",
        ),
        zh=(
            "何时验证",
            "steps 每 eval_steps 步测一次，epoch 每轮之后测一次。验证损失能分清学会和死记：训练损失下降而它上升时，"
            "就该停了。",
        ),
    )
    eval_steps: MaybeCount = param(
        None,
        gt=0,
        le=1_000_000_000,
        group="evaluation",
        unset=("as logging_steps", "同 logging_steps"),
        en=(
            "Steps between measurements",
            "For eval_strategy steps. A number below 1 is a share of the whole run: 0.1 measures ten times.",
        ),
        zh=("验证间隔（步）", "用于 eval_strategy 为 steps 时。小于 1 的数是全程的比例：0.1 就是测十次。"),
    )
    per_device_eval_batch_size: Whole = param(
        8,
        ge=1,
        le=65536,
        group="evaluation",
        en=(
            "Rows at a time when measuring",
            "Measuring needs less memory than learning, so more rows fit. It changes the speed only.",
        ),
        zh=("验证每批样例数", "验证比训练省显存，可以一次放更多样例。只影响速度。"),
    )
    load_best_model_at_end: Flag = param(
        False,
        group="evaluation",
        stages=("pt", "sft", "dpo", "kto", "orpo", "simpo"),
        en=(
            "Keep the best, not the last",
            "At the end takes back the checkpoint with the lowest eval loss. Needs eval rows, and save_steps in "
            "step with eval_steps.",
        ),
        zh=("取最佳而非最后", "结束时取回验证损失最低的检查点。需要验证样例，且 save_steps 要与 eval_steps 合拍。"),
    )
