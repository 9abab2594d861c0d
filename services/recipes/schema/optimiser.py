"""Group Optimiser: how the weights move, and the memory-saving optimisers of full training."""

from typing import Annotated, Literal

from pydantic import BaseModel

from services.recipes.schema.param import param
from services.recipes.schema.types import Choice, Flag, Names, Real, Whole

Optimiser = Literal[
    "adamw_torch",
    "adamw_torch_fused",
    "adamw_8bit",
    "adamw_bnb_8bit",
    "paged_adamw_32bit",
    "paged_adamw_8bit",
    "adafactor",
    "sgd",
    "adagrad",
    "rmsprop",
    "lion_8bit",
    "lion_32bit",
    "paged_lion_8bit",
    "paged_lion_32bit",
    "ademamix",
    "ademamix_8bit",
    "stable_adamw",
]


class OptimiserParameters(BaseModel):
    """The optimiser and its brakes."""

    optim: Annotated[Optimiser, Choice] = param(
        "adamw_torch_fused",
        group="optimiser",
        en=(
            "Optimiser",
            "The rule by which weights move. AdamW is right; the 8bit and paged ones do the same in less memory, "
            "which matters for full training, not for LoRA. Those need an NVIDIA card.",
        ),
        zh=(
            "优化器",
            "参数更新的规则。AdamW 就好；8bit 和 paged 版本效果相同但更省显存，对全参数训练有意义，对 LoRA 没必要，"
            "且需要 NVIDIA 显卡。",
        ),
    )
    weight_decay: Real = param(
        0.0,
        ge=0,
        le=10,
        group="optimiser",
        en=(
            "Weight decay",
            "Pulls weights gently towards zero, against learning by heart. 0 for LoRA; 0.01 to 0.1 in long full runs.",
        ),
        zh=("权重衰减", "把参数轻轻拉向零，避免死记硬背。LoRA 用 0；长时间的全参数训练可用 0.01 到 0.1。"),
    )
    max_grad_norm: Real = param(
        1.0,
        ge=0,
        le=1_000_000,
        group="optimiser",
        en=(
            "Largest gradient norm",
            "Shortens a step that would be too big, so that one odd row cannot spoil the run. 1 is right; 0 "
            "turns it off.",
        ),
        zh=("梯度范数上限", "把过大的一步缩短，避免一条怪样例毁掉训练。1 就好；0 表示关闭。"),
    )
    adam_beta1: Real = param(
        0.9,
        ge=0,
        lt=1,
        group="optimiser",
        en=("Adam beta 1", "How long Adam remembers the direction of earlier steps. Leave it."),
        zh=("Adam beta 1", "Adam 记住此前方向的时长。不必改。"),
    )
    adam_beta2: Real = param(
        0.999,
        ge=0,
        lt=1,
        group="optimiser",
        en=(
            "Adam beta 2",
            "How long Adam remembers the size of earlier steps. 0.95 reacts faster in long runs; else leave it.",
        ),
        zh=("Adam beta 2", "Adam 记住此前步幅的时长。长训练设 0.95 反应更快；否则不必改。"),
    )
    adam_epsilon: Real = param(
        1e-8,
        ge=0,
        le=1,
        group="optimiser",
        en=("Adam epsilon", "A tiny number that keeps Adam from dividing by zero. Leave it."),
        zh=("Adam epsilon", "防止 Adam 除以零的极小数。不必改。"),
    )


class LowMemoryOptimiserParameters(BaseModel):
    """GaLore, APOLLO and BAdam: full training in less memory."""

    use_galore: Flag = param(
        False,
        group="optimiser",
        methods=("full", "freeze"),
        status="later",
        en=(
            "GaLore",
            "Full training whose gradients are squeezed to a low rank, so that the optimiser needs a fraction of "
            "the memory. Slower than LoRA; not together with it.",
        ),
        zh=("GaLore", "把梯度压缩到低秩的全参数训练，优化器只占一小部分显存。比 LoRA 慢，不能与它同用。"),
    )
    galore_target: Names = param(
        "all",
        group="optimiser",
        methods=("full", "freeze"),
        status="later",
        en=("GaLore layers", "Which layers GaLore squeezes; all means every linear one."),
        zh=("GaLore 作用层", "GaLore 压缩哪些层；all 表示全部线性层。"),
    )
    galore_rank: Whole = param(
        16,
        ge=1,
        le=65536,
        group="optimiser",
        methods=("full", "freeze"),
        status="later",
        en=(
            "GaLore rank",
            "How much of the gradient is kept. 128 and more come close to full training; smaller saves memory.",
        ),
        zh=("GaLore 秩", "保留多少梯度信息。128 以上接近全参数训练；越小越省显存。"),
    )
    galore_update_interval: Whole = param(
        200,
        ge=1,
        le=1_000_000,
        group="optimiser",
        methods=("full", "freeze"),
        status="later",
        en=("GaLore renewal", "After how many steps the directions are chosen anew."),
        zh=("GaLore 更新间隔", "每多少步重新选择一次方向。"),
    )
    galore_scale: Real = param(
        2.0,
        gt=0,
        le=10_000,
        group="optimiser",
        methods=("full", "freeze"),
        status="later",
        en=("GaLore scale", "Multiplies GaLore's updates, like alpha in LoRA."),
        zh=("GaLore 缩放", "放大 GaLore 的更新，类似 LoRA 的 alpha。"),
    )
    galore_layerwise: Flag = param(
        False,
        group="optimiser",
        methods=("full", "freeze"),
        status="later",
        en=(
            "GaLore layer by layer",
            "Updates each layer as its gradient arrives, so that gradients are never all in memory. Rules out "
            "gradient accumulation.",
        ),
        zh=("GaLore 逐层更新", "每层梯度一到就更新，梯度不必同时留在显存里。此时不能累积梯度。"),
    )
    use_apollo: Flag = param(
        False,
        group="optimiser",
        methods=("full", "freeze"),
        status="later",
        en=(
            "APOLLO",
            "Like GaLore with random directions in place of computed ones: as little memory, less waiting. Not "
            "together with LoRA.",
        ),
        zh=("APOLLO", "类似 GaLore，但用随机方向代替计算出的方向：同样省显存，等待更少。不能与 LoRA 同用。"),
    )
    use_badam: Flag = param(
        False,
        group="optimiser",
        methods=("full", "freeze"),
        status="later",
        en=(
            "BAdam",
            "Full training one block of layers at a time, so that only that block needs optimiser memory. Not "
            "together with LoRA.",
        ),
        zh=("BAdam", "每次只训练一段层的全参数训练，只有这一段占用优化器显存。不能与 LoRA 同用。"),
    )
    badam_mode: Annotated[Literal["layer", "ratio"], Choice] = param(
        "layer",
        group="optimiser",
        methods=("full", "freeze"),
        status="later",
        en=("BAdam mode", "layer trains whole layers in turn; ratio trains a small share of all weights."),
        zh=("BAdam 模式", "layer 轮流训练整层；ratio 训练全部参数中的一小部分。"),
    )
    badam_switch_mode: Annotated[Literal["ascending", "descending", "random", "fixed"], Choice] = param(
        "ascending",
        group="optimiser",
        methods=("full", "freeze"),
        status="later",
        en=("BAdam order", "In which order the layers take their turn."),
        zh=("BAdam 顺序", "各层按什么顺序轮到。"),
    )
    badam_switch_interval: Whole = param(
        50,
        ge=-1,
        le=1_000_000,
        group="optimiser",
        methods=("full", "freeze"),
        status="later",
        en=("BAdam turn (steps)", "How many steps one layer trains before the next takes over; -1 never changes."),
        zh=("BAdam 轮换步数", "一层训练多少步后换下一层；-1 表示不换。"),
    )
    badam_update_ratio: Real = param(
        0.05,
        gt=0,
        le=1,
        group="optimiser",
        methods=("full", "freeze"),
        status="later",
        en=("BAdam share", "In ratio mode, the share of weights that learns."),
        zh=("BAdam 比例", "ratio 模式下参与学习的参数比例。"),
    )
    badam_verbose: Whole = param(
        0,
        ge=0,
        le=2,
        group="optimiser",
        methods=("full", "freeze"),
        status="later",
        en=("BAdam log", "How much BAdam writes to the log: 0 nothing, 1 the block, 2 every weight."),
        zh=("BAdam 日志", "BAdam 写多少日志：0 不写，1 写当前段，2 写每个参数。"),
    )
