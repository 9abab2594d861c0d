"""Group Quantisation: the base model in fewer bits while the adapter learns (QLoRA)."""

from typing import Annotated, Literal

from pydantic import BaseModel

from services.recipes.schema.param import param
from services.recipes.schema.types import Choice, Flag, MaybeBits


class QuantisationParameters(BaseModel):
    """Loading the base model in few bits."""

    quantization_bit: Annotated[Literal[2, 3, 4, 5, 6, 8] | None, MaybeBits] = param(
        None,
        group="quantisation",
        methods=("lora",),
        unset=("off", "关"),
        en=(
            "Bits of the base model",
            "Loads the base model in so few bits that a large one fits a small card; the adapter still learns in "
            "full precision. 4 is QLoRA and needs a third of the memory; a little slower, nearly as good. 8 is "
            "halfway. Others need hqq.",
        ),
        zh=(
            "底模位数",
            "用更少的位数加载底模，让大模型放进小显卡；适配器仍以高精度学习。4 就是 QLoRA，显存约为三分之一，略慢，"
            "效果几乎一样。8 介于两者之间。其余位数需要 hqq。",
        ),
    )
    quantization_method: Annotated[Literal["bnb", "hqq", "eetq"], Choice] = param(
        "bnb",
        group="quantisation",
        methods=("lora",),
        en=(
            "Way of quantising",
            "bnb (bitsandbytes) is the tried one, for 4 and 8 bits on NVIDIA cards. hqq also does 2, 3, 5 and 6 "
            "bits and is slower.",
        ),
        zh=(
            "量化方式",
            "bnb (bitsandbytes) 最成熟，支持 NVIDIA 显卡上的 4 位和 8 位。hqq 还支持 2、3、5、6 位，但较慢。",
        ),
    )
    quantization_type: Annotated[Literal["nf4", "fp4"], Choice] = param(
        "nf4",
        group="quantisation",
        methods=("lora",),
        en=("4-bit number form", "nf4 fits the spread of weights and loses less; fp4 is there for comparison."),
        zh=("4 位数格式", "nf4 贴合权重的分布，损失更小；fp4 仅供比较。"),
    )
    double_quantization: Flag = param(
        True,
        group="quantisation",
        methods=("lora",),
        en=(
            "Quantise the scales too",
            "Saves another 0.4 bits a weight, about 0.4 GB for an 8B model, at no visible cost. Leave it on.",
        ),
        zh=("二次量化", "每个参数再省 0.4 位，8B 模型约省 0.4 GB，几乎没有代价。请保持打开。"),
    )
