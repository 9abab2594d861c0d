"""Group Precision and speed."""

from typing import Annotated, Literal

from pydantic import BaseModel

from services.recipes.schema.param import param
from services.recipes.schema.types import AutoFlag, Choice, Flag, Text, Whole


class PrecisionParameters(BaseModel):
    """Number formats, attention, recomputation and what a machine with several cards needs."""

    bf16: AutoFlag = param(
        "auto",
        group="precision",
        en=(
            "16-bit (bf16)",
            "Computes in bfloat16: half the memory, twice the speed, no loss worth naming. auto uses it where "
            "the card or processor has it (RTX 30 series and later), which is right.",
        ),
        zh=(
            "16 位 (bf16)",
            "用 bfloat16 计算：显存减半，速度加倍，几乎没有损失。auto 会在显卡或处理器支持时使用（RTX 30 系及以后），"
            "保持即可。",
        ),
    )
    fp16: Flag = param(
        False,
        group="precision",
        en=(
            "16-bit (fp16)",
            "The older 16-bit format, for cards without bf16 (GTX 16, RTX 20 series). Overflows now and then, "
            "which the loss scaler catches. Never together with bf16.",
        ),
        zh=(
            "16 位 (fp16)",
            "较老的 16 位格式，用于不支持 bf16 的显卡（GTX 16、RTX 20 系）。偶尔溢出，由损失缩放处理。不能与 "
            "bf16 同用。",
        ),
    )
    pure_bf16: Flag = param(
        False,
        group="precision",
        en=(
            "Everything in bf16",
            "Keeps the trained weights and their gradients in bf16 as well. Halves the memory of full training "
            "at some loss of fine steps; for LoRA it saves next to nothing.",
        ),
        zh=(
            "全部用 bf16",
            "被训练的参数和梯度也用 bf16。全参数训练显存减半，但细小的更新会有损失；对 LoRA 几乎省不了什么。",
        ),
    )
    gradient_checkpointing: AutoFlag = param(
        "auto",
        group="precision",
        en=(
            "Recompute to save memory",
            "Forgets inner results and computes them again when needed: much less memory, about a third slower. "
            "auto turns it on only if the run would not fit otherwise.",
        ),
        zh=("重算省显存", "不保留中间结果，需要时重算：显存大减，约慢三分之一。auto 只在放不下时才打开。"),
    )
    disable_gradient_checkpointing: Flag = param(
        False,
        group="precision",
        en=(
            "Never recompute",
            "LLaMA-Factory recomputes unless told not to, and this is its switch. The same as setting "
            "gradient_checkpointing off.",
        ),
        zh=("从不重算", "LLaMA-Factory 默认重算，这是它的关闭开关。等同于把 gradient_checkpointing 设为关。"),
    )
    flash_attn: Annotated[Literal["auto", "sdpa", "fa2", "disabled"], Choice] = param(
        "auto",
        group="precision",
        en=(
            "Attention",
            "Which implementation computes attention. auto and sdpa take the fast one of PyTorch, row by row "
            "without padding; fa2 is taken as auto here. disabled is the slow one, only for comparing.",
        ),
        zh=(
            "注意力实现",
            "用哪种实现计算注意力。auto 和 sdpa 用 PyTorch 的快速实现，逐条计算、没有填充；fa2 在这里按 auto 处理。"
            "disabled 是慢速实现，仅供对比。",
        ),
    )
    deepspeed: Text = param(
        "",
        group="precision",
        unset=("off", "关"),
        status="later",
        en=(
            "DeepSpeed settings",
            "A DeepSpeed file for several cards. Tunesmith trains on one card; the setting is kept in the file.",
        ),
        zh=("DeepSpeed 设置", "多显卡用的 DeepSpeed 文件。Tunesmith 用一张显卡训练；此设置仅在文件里保留。"),
    )
    ddp_timeout: Whole = param(
        1800,
        ge=1,
        le=2_000_000_000,
        group="precision",
        status="kept",
        en=(
            "Patience between cards (s)",
            "Seconds that cards wait for each other. Means nothing with one card; kept in the file.",
        ),
        zh=("显卡互等时限（秒）", "多张显卡互相等待的秒数。单卡没有意义；仅在文件里保留。"),
    )
    ray_num_workers: Whole = param(
        1,
        ge=1,
        le=4096,
        group="precision",
        status="kept",
        en=("Ray workers", "Machines of a Ray cluster. Tunesmith trains on this PC; kept in the file."),
        zh=("Ray 节点数", "Ray 集群的节点数。Tunesmith 在本机训练；仅在文件里保留。"),
    )
