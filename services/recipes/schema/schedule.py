"""Group How long: rounds, batches and the course of the learning rate."""

from typing import Annotated, Literal

from pydantic import BaseModel

from services.recipes.schema.param import param
from services.recipes.schema.types import Choice, MaybeReal, MaybeWhole, Real, Text, Whole

Scheduler = Literal[
    "linear",
    "cosine",
    "cosine_with_restarts",
    "polynomial",
    "constant",
    "constant_with_warmup",
    "inverse_sqrt",
    "reduce_lr_on_plateau",
    "cosine_with_min_lr",
    "warmup_stable_decay",
]


class ScheduleParameters(BaseModel):
    """How often each example is seen, how many at a time, and how the learning rate moves."""

    num_train_epochs: Real = param(
        3.0,
        gt=0,
        le=100_000,
        group="schedule",
        en=(
            "Rounds (epochs)",
            "How often each example is seen. 3 suits a few hundred rows; 5 to 10 for under a hundred; 1 or 2 for "
            "many thousands. If the answers repeat your examples word for word, it was too many.",
        ),
        zh=(
            "轮数",
            "每条样例学几遍。几百条用 3；不到一百条用 5 到 10；上万条用 1 或 2。如果回答逐字照搬样例，就是遍数太多了。",
        ),
    )
    max_steps: Whole = param(
        -1,
        ge=-1,
        le=1_000_000_000,
        group="schedule",
        en=(
            "Steps at most",
            "Stops after exactly so many steps, whatever num_train_epochs says; -1 goes by rounds. Good for a "
            "quick trial: 20.",
        ),
        zh=("步数上限", "不管 num_train_epochs 是多少，到这么多步就停；-1 表示按轮数。快速试跑可用 20。"),
    )
    per_device_train_batch_size: Whole = param(
        2,
        peer=8,
        ge=1,
        le=65536,
        group="schedule",
        en=(
            "Rows at a time",
            "Multiplied by gradient_accumulation_steps it is how many rows one step learns from: 8 to 16 is "
            "steady, 4 suits very few rows. Only the product counts here, because Tunesmith computes as many "
            "rows at once as the memory holds. (LLaMA-Factory computes this many at once, and takes 8 where a "
            "file does not say.)",
        ),
        zh=(
            "每批样例数",
            "它乘以 gradient_accumulation_steps 就是一步学到的样例数：8 到 16 比较稳，样例很少时用 4。这里只看乘"
            "积，因为 Tunesmith 会按显存一次算尽可能多的样例。（LLaMA-Factory 一次就算这么多，文件未写明时取 8。）",
        ),
    )
    gradient_accumulation_steps: Whole = param(
        4,
        peer=1,
        ge=1,
        le=65536,
        group="schedule",
        en=(
            "Batches a step",
            "So many batches are added up before the weights move, at no cost in memory. Raise it, with "
            "per_device_train_batch_size as it is, for a steadier loss and fewer steps. (LLaMA-Factory takes 1 "
            "where a file does not say.)",
        ),
        zh=(
            "每步批数",
            "累积这么多批再更新一次参数，不多占显存。保持 per_device_train_batch_size 不变而调大它，损失更平稳，"
            "步数更少。（文件未写明时 LLaMA-Factory 取 1。）",
        ),
    )
    learning_rate: Real = param(
        1e-4,
        peer=5e-5,
        gt=0,
        le=1,
        group="schedule",
        en=(
            "Learning rate",
            "How far the weights move a step. 1e-4 suits LoRA, 2e-4 a short run; full and freeze want 1e-5; dpo "
            "and kto 5e-6. Loss jumps or answers turn to noise: too high. Nothing changes: too low. ("
            "LLaMA-Factory takes 5e-5 where a file does not say.)",
        ),
        zh=(
            "学习率",
            "每步参数移动多大。LoRA 用 1e-4，短训练用 2e-4；full 和 freeze 用 1e-5；dpo 和 kto 用 5e-6。损失乱跳"
            "或回答变成乱码是太高，毫无变化是太低。（文件未写明时 LLaMA-Factory 取 5e-5。）",
        ),
    )
    lr_scheduler_type: Annotated[Scheduler, Choice] = param(
        "cosine",
        peer="linear",
        group="schedule",
        en=(
            "Course of the learning rate",
            "How the learning rate falls towards the end. cosine stays high in the middle and lands softly; "
            "linear falls evenly; constant does not fall. The difference is small: leave it. (LLaMA-Factory "
            "takes linear where a file does not say.)",
        ),
        zh=(
            "学习率走势",
            "学习率怎样降到结束。cosine 中段较高、收尾平缓；linear 匀速下降；constant 不下降。差别很小，不必改。"
            "（文件未写明时 LLaMA-Factory 取 linear。）",
        ),
    )
    lr_scheduler_kwargs: Text = param(
        "",
        group="schedule",
        unset=("none", "无"),
        en=(
            "Details of the course",
            'Extra settings of the chosen course as JSON, for example {"min_lr_rate": 0.1} with cosine_with_min_lr.',
        ),
        zh=("走势的细节", '所选走势的额外设置，写成 JSON，例如 cosine_with_min_lr 用 {"min_lr_rate": 0.1}。'),
    )
    warmup_steps: Whole = param(
        0,
        ge=0,
        le=1_000_000_000,
        group="schedule",
        en=(
            "Warm-up steps",
            "The learning rate climbs from zero over so many steps, which spares the model a rude start. 0 "
            "leaves it to warmup_ratio.",
        ),
        zh=("预热步数", "学习率在这么多步里从零爬升，避免一开始就冲击模型。0 表示由 warmup_ratio 决定。"),
    )
    warmup_ratio: Real = param(
        0.1,
        peer=0.0,
        ge=0,
        lt=1,
        group="schedule",
        en=(
            "Warm-up share",
            "The same as a share of all steps: 0.1 is the first tenth. warmup_steps wins if both are given. ("
            "LLaMA-Factory takes 0 where a file does not say.)",
        ),
        zh=(
            "预热比例",
            "同上，但按总步数的比例：0.1 就是前十分之一。两者都写时以 warmup_steps 为准。（文件未写明时 "
            "LLaMA-Factory 取 0。）",
        ),
    )
    seed: Whole = param(
        42,
        ge=0,
        le=4_294_967_295,
        group="schedule",
        en=(
            "Seed",
            "The same seed gives the same order of rows and the same start, so two runs can be compared. The "
            "number itself means nothing.",
        ),
        zh=("随机种子", "种子相同，样例顺序和起点就相同，便于比较两次训练。数字本身没有意义。"),
    )
    early_stopping_steps: MaybeWhole = param(
        None,
        ge=1,
        le=1_000_000,
        group="schedule",
        unset=("off", "关"),
        en=(
            "Stop when it stops improving",
            "Ends the run when so many checks in a row brought no better eval loss. Needs eval rows and "
            "eval_strategy steps or epoch; 3 is a good patience.",
        ),
        zh=(
            "无进步则停",
            "连续这么多次验证都没有更低的验证损失就结束。需要验证样例，且 eval_strategy 为 steps 或 epoch；3 次比"
            "较合适。",
        ),
    )
    neftune_noise_alpha: MaybeReal = param(
        None,
        ge=0,
        le=1000,
        group="schedule",
        unset=("off", "关"),
        stages=("sft",),
        en=(
            "Noise on the words (NEFTune)",
            "Adds a little noise to the embeddings while training. 5 can make answers longer and richer when "
            "examples are few; leave it off for exact forms and facts.",
        ),
        zh=(
            "词嵌入噪声 (NEFTune)",
            "训练时给词嵌入加一点噪声。样例少时设 5 可能让回答更丰富；要求格式或事实准确时请关闭。",
        ),
    )
