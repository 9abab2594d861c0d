"""Groups Preference and PPO: learning from judged answers and from a reward model."""

from typing import Annotated, Literal

from pydantic import BaseModel

from services.recipes.schema.param import param
from services.recipes.schema.types import Choice, Flag, Real, Text, Whole

_PAIRS = ("dpo", "orpo", "simpo")


class PreferenceParameters(BaseModel):
    """DPO and its relatives, and KTO."""

    pref_beta: Real = param(
        0.1,
        ge=0,
        le=1000,
        group="preference",
        stages=("dpo", "kto", "orpo", "simpo"),
        status="later",
        en=(
            "Beta",
            "How closely the model stays by what it was. 0.1 is usual for dpo and kto; smaller lets it move "
            "further. simpo wants 2 to 2.5.",
        ),
        zh=("Beta", "让模型多贴近原来的样子。dpo 和 kto 通常用 0.1，越小走得越远；simpo 用 2 到 2.5。"),
    )
    pref_loss: Annotated[Literal["sigmoid", "hinge", "ipo", "kto_pair", "orpo", "simpo"], Choice] = param(
        "sigmoid",
        group="preference",
        stages=_PAIRS,
        status="later",
        en=(
            "Preference loss",
            "sigmoid is DPO as published. orpo and simpo need no reference model and are the same as the stages "
            "of that name. hinge and ipo are variants for noisy pairs.",
        ),
        zh=(
            "偏好损失",
            "sigmoid 就是标准 DPO。orpo 和 simpo 不需要参考模型，等同于同名的阶段。hinge 和 ipo 是用于有噪声偏好"
            "对的变体。",
        ),
    )
    pref_ftx: Real = param(
        0.0,
        ge=0,
        le=1000,
        group="preference",
        stages=_PAIRS,
        status="later",
        en=(
            "Share of plain learning",
            "Adds so much of the ordinary loss on the better answer, which keeps it from growing less likely. "
            "Try 0.1 to 1 when answers become odd.",
        ),
        zh=("监督损失占比", "加入这么多对较好回答的普通损失，防止它的概率也下降。回答变怪时试 0.1 到 1。"),
    )
    dpo_label_smoothing: Real = param(
        0.0,
        ge=0,
        lt=0.5,
        group="preference",
        stages=("dpo",),
        status="later",
        en=(
            "Share of wrong judgements",
            "What share of the pairs you expect to be the wrong way round; 0.1 forgives one in ten. Only with "
            "the sigmoid loss.",
        ),
        zh=("判断有误比例", "预计有多大比例的偏好对标反了；0.1 表示容忍十分之一。只用于 sigmoid 损失。"),
    )
    simpo_gamma: Real = param(
        0.5,
        ge=0,
        le=100,
        group="preference",
        stages=("simpo",),
        status="later",
        en=("SimPO margin", "By how much the better answer should win. 0.5 to 1.5 is usual."),
        zh=("SimPO 间隔", "较好的回答应当领先多少。通常取 0.5 到 1.5。"),
    )
    kto_chosen_weight: Real = param(
        1.0,
        ge=0,
        le=1000,
        group="preference",
        stages=("kto",),
        status="later",
        en=(
            "Weight of good answers",
            "Raise it when good answers are much rarer than bad ones, so that both sides weigh alike.",
        ),
        zh=("好回答权重", "好回答远少于坏回答时调大，让两边分量相当。"),
    )
    kto_rejected_weight: Real = param(
        1.0,
        ge=0,
        le=1000,
        group="preference",
        stages=("kto",),
        status="later",
        en=("Weight of bad answers", "Raise it when bad answers are much rarer than good ones."),
        zh=("坏回答权重", "坏回答远少于好回答时调大。"),
    )
    ref_model: Text = param(
        "",
        group="preference",
        unset=("the model itself, before training", "训练前的模型本身"),
        stages=("dpo", "kto", "ppo", "grpo"),
        status="later",
        en=(
            "Reference model",
            "The model that must not be strayed from too far. With LoRA it is the base model without the adapter "
            "and costs no memory.",
        ),
        zh=("参考模型", "不能偏离太远的那个模型。用 LoRA 时就是去掉适配器的底模，不占额外显存。"),
    )


class PpoParameters(BaseModel):
    """Learning by a reward model."""

    reward_model: Text = param(
        "",
        group="ppo",
        unset=("none chosen", "未选择"),
        stages=("ppo",),
        status="later",
        en=("Reward model", "The model trained in stage rm that gives each answer its mark. ppo cannot do without."),
        zh=("奖励模型", "在 rm 阶段训练出的、给每个回答打分的模型。ppo 必须有它。"),
    )
    ppo_epochs: Whole = param(
        4,
        ge=1,
        le=1000,
        group="ppo",
        stages=("ppo",),
        status="later",
        en=(
            "Uses of each answer",
            "How often each batch of fresh answers is learned from before new ones are written.",
        ),
        zh=("每批重复次数", "每批新写的回答学几遍之后再写新的。"),
    )
    ppo_score_norm: Flag = param(
        False,
        group="ppo",
        stages=("ppo",),
        status="later",
        en=(
            "Even out the scores",
            "Scales the marks to a common spread; steadier when the reward model's marks run high or low.",
        ),
        zh=("归一化得分", "把得分缩放到统一范围；奖励模型打分忽高忽低时更稳。"),
    )
    ppo_whiten_rewards: Flag = param(
        False,
        group="ppo",
        stages=("ppo",),
        status="later",
        en=("Whiten the rewards", "Centres and scales the rewards within each batch before they are used."),
        zh=("白化奖励", "使用前在每批内把奖励中心化并缩放。"),
    )
    ppo_buffer_size: Whole = param(
        1,
        ge=1,
        le=100_000,
        group="ppo",
        stages=("ppo",),
        status="later",
        en=("Batches in the buffer", "How many batches of answers are gathered before the model learns from them."),
        zh=("缓冲批数", "攒多少批回答再开始学。"),
    )
    ppo_target: Real = param(
        6.0,
        gt=0,
        le=100_000,
        group="ppo",
        stages=("ppo",),
        status="later",
        en=(
            "Target distance (KL)",
            "How far from the reference model the answers may drift; the penalty adapts to keep near it.",
        ),
        zh=("目标距离 (KL)", "回答可以偏离参考模型多远；惩罚会自动调整以保持在附近。"),
    )
