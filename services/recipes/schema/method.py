"""Groups Method and Adapter: what of the model learns, and how."""

from typing import Annotated, Literal

from pydantic import BaseModel

from services.recipes.schema.param import param
from services.recipes.schema.types import Choice, Flag, MaybeReal, MaybeWhole, Names, Real, Whole

Stage = Literal["pt", "sft", "rm", "ppo", "dpo", "kto", "orpo", "simpo", "grpo"]
Method = Literal["full", "freeze", "lora"]


class MethodParameters(BaseModel):
    """Stage, method and the partial method's choice of layers."""

    stage: Annotated[Stage, Choice] = param(
        "sft",
        group="method",
        labels={
            "pt": ("pt · more reading", "pt · 继续预训练"),
            "sft": ("sft · questions and answers", "sft · 问答微调"),
            "rm": ("rm · reward model", "rm · 奖励模型"),
            "ppo": ("ppo · by a reward model", "ppo · 奖励模型强化"),
            "dpo": ("dpo · better and worse answers", "dpo · 好坏回答对比"),
            "kto": ("kto · thumbs up and down", "kto · 点赞与点踩"),
            "orpo": ("orpo · pairs in one go", "orpo · 偏好对一步到位"),
            "simpo": ("simpo · pairs, no reference", "simpo · 偏好对，无参考模型"),
            "grpo": ("grpo · by a score", "grpo · 打分强化"),
        },
        en=(
            "Stage",
            "What kind of learning. sft learns answers from examples and is where everyone starts. pt reads "
            "plain text; dpo, orpo, simpo and kto learn from judged answers, usually after sft. grpo is Tunesmith"
            "'s own: LLaMA-Factory cannot run it.",
        ),
        zh=(
            "阶段",
            "学习的种类。sft 从样例里学回答，人人从这里开始。pt 读纯文本；dpo、orpo、simpo、kto 从评判过的回答里"
            "学，通常放在 sft 之后。grpo 为 Tunesmith 独有，LLaMA-Factory 不能运行。",
        ),
    )
    finetuning_type: Annotated[Method, Choice] = param(
        "lora",
        group="method",
        labels={"lora": ("LoRA", "LoRA"), "full": ("Full", "全参数"), "freeze": ("Freeze", "冻结")},
        en=(
            "Method",
            "lora trains a small adapter beside the model: little memory, hard to break, easy to undo; right for "
            "nearly everything. full changes every weight and needs about ten times the memory. freeze trains a "
            "few layers. lora with quantization_bit 4 is QLoRA.",
        ),
        zh=(
            "方法",
            "lora 在模型旁训练一个小适配器：省显存、不易学坏、随时可撤，几乎总是对的。full 改动全部参数，显存约为"
            "十倍。freeze 只训练几层。lora 加 quantization_bit 4 就是 QLoRA。",
        ),
    )
    do_train: Flag = param(
        True,
        peer=False,
        group="method",
        status="kept",
        en=(
            "Train",
            "Whether the file asks for training. The train command and the Start button train whatever it says. ("
            "LLaMA-Factory does not train where a file does not say.)",
        ),
        zh=("训练", "文件是否要求训练。train 命令和“开始”按钮总会训练。（文件未写明时 LLaMA-Factory 不训练。）"),
    )
    freeze_trainable_layers: Whole = param(
        2,
        ge=-1024,
        le=1024,
        group="method",
        methods=("freeze",),
        en=(
            "Layers that learn",
            "For freeze: the last so many layers learn (a negative number means the first ones). 2 to 4 change "
            "the manner of speech; more approach full.",
        ),
        zh=(
            "训练层数",
            "用于 freeze：只训练最后这么多层（负数表示最前几层）。2 到 4 层能改变语气，再多就接近全参数。",
        ),
    )
    freeze_trainable_modules: Names = param(
        "all",
        group="method",
        methods=("freeze",),
        en=(
            "Parts that learn",
            "For freeze: which parts of those layers learn, by name, separated by commas; all is right unless "
            "you know the model's parts.",
        ),
        zh=("训练部件", "用于 freeze：这些层里哪些部件参与训练，按名称用逗号分开；不熟悉模型结构就用 all。"),
    )
    freeze_extra_modules: Names = param(
        "",
        group="method",
        methods=("freeze",),
        unset=("none", "无"),
        en=(
            "Other parts that learn",
            "For freeze: parts outside the layers that learn too, for example embed_tokens or lm_head.",
        ),
        zh=("额外训练部件", "用于 freeze：层以外也参与训练的部件，例如 embed_tokens 或 lm_head。"),
    )
    use_llama_pro: Flag = param(
        False,
        group="method",
        methods=("freeze", "lora"),
        status="later",
        en=(
            "Added blocks only (LLaMA Pro)",
            "For a model whose layers were expanded first: only the added blocks learn, the old ones stay as "
            "they were.",
        ),
        zh=("只训练新增层 (LLaMA Pro)", "用于事先扩展过层数的模型：只训练新增的层，原有的层保持不变。"),
    )


class AdapterParameters(BaseModel):
    """LoRA and its relatives."""

    lora_rank: Whole = param(
        8,
        ge=1,
        le=4096,
        group="adapter",
        methods=("lora",),
        en=(
            "Rank",
            "How much room the adapter has. 8 for a tone or a fixed form of answer, 16 to 32 for a task with "
            "many cases, 64 for a new subject with thousands of rows. Too much room with few rows learns them by "
            "heart.",
        ),
        zh=(
            "秩",
            "适配器的容量。学语气或固定格式用 8，情况较多的任务用 16 到 32，几千条样例的新领域用 64。样例少而容量"
            "大，容易死记硬背。",
        ),
    )
    lora_alpha: MaybeWhole = param(
        None,
        ge=1,
        le=65536,
        group="adapter",
        methods=("lora",),
        unset=("2 × lora_rank", "2 × 秩"),
        en=(
            "Alpha",
            "How loudly the adapter speaks: its share is alpha divided by rank. Twice the rank is the usual "
            "choice and follows the rank by itself; change learning_rate before this.",
        ),
        zh=(
            "缩放 (alpha)",
            "适配器的影响力度，等于 alpha 除以秩。通常取秩的两倍，并会随秩自动变化；想调整请先动 learning_rate。",
        ),
    )
    lora_dropout: Real = param(
        0.0,
        ge=0,
        lt=1,
        group="adapter",
        methods=("lora",),
        en=(
            "Dropout",
            "Hides a share of the adapter's input at each step, against learning by heart. 0 is fastest and "
            "usually fine; try 0.05 to 0.1 when the eval loss rises while the loss falls.",
        ),
        zh=(
            "随机丢弃",
            "每步随机屏蔽适配器输入的一部分，避免死记硬背。0 最快，通常就好；验证损失上升而训练损失下降时试 0.05 "
            "到 0.1。",
        ),
    )
    lora_target: Names = param(
        "all",
        group="adapter",
        methods=("lora",),
        en=(
            "Layers with an adapter",
            "all puts an adapter beside every linear layer and learns best. Naming a few, such as q_proj,v_proj, "
            "saves a little memory at the cost of learning.",
        ),
        zh=("作用层", "all 给每个线性层都加适配器，效果最好。只写几个（如 q_proj,v_proj）能省一点显存，但学得差些。"),
    )
    additional_target: Names = param(
        "",
        group="adapter",
        methods=("lora",),
        unset=("none", "无"),
        en=(
            "Parts trained in full",
            "Parts that learn whole beside the adapters, for example embed_tokens,lm_head after growing the "
            "vocabulary. They are large: the adapter file grows with them.",
        ),
        zh=(
            "整体训练的部件",
            "除适配器外整体参与训练的部件，例如扩充词表后的 embed_tokens,lm_head。它们很大，适配器文件会跟着变大。",
        ),
    )
    use_rslora: Flag = param(
        False,
        group="adapter",
        methods=("lora",),
        en=(
            "Rank-stabilised scaling (rsLoRA)",
            "Steadier scaling for ranks above 32: divides alpha by the root of the rank. No use below; with it, "
            "lower alpha.",
        ),
        zh=("稳定缩放 (rsLoRA)", "秩大于 32 时更稳定：用秩的平方根去除 alpha。秩小时没有用；打开后宜调低 alpha。"),
    )
    use_dora: Flag = param(
        False,
        group="adapter",
        methods=("lora",),
        en=(
            "Separate length and direction (DoRA)",
            "Learns the length and the direction of weights apart. Can do better at small ranks, but is about a "
            "third slower and needs more memory.",
        ),
        zh=("分解训练 (DoRA)", "把权重的大小和方向分开学。小秩时可能更好，但约慢三分之一，也更占显存。"),
    )
    loraplus_lr_ratio: MaybeReal = param(
        None,
        gt=0,
        le=1024,
        group="adapter",
        methods=("lora",),
        unset=("off", "关"),
        en=(
            "Faster B matrix (LoRA+)",
            "Lets one half of each adapter (B) learn so many times faster than the other. 16 can reach the same "
            "loss in fewer steps; leave it off for a first run.",
        ),
        zh=(
            "B 矩阵加速 (LoRA+)",
            "让每个适配器的一半（B）学得比另一半快这么多倍。设为 16 可能用更少步数达到同样损失；第一次训练请关闭。",
        ),
    )
    pissa_init: Flag = param(
        False,
        group="adapter",
        methods=("lora",),
        stages=("pt", "sft", "rm", "orpo", "simpo"),
        status="later",
        en=(
            "Start from the main directions (PiSSA)",
            "Starts the adapter from the strongest directions of the weights in place of zero. Learns faster at "
            "first, takes a while to set up; the base is changed with it, so turn on pissa_convert to share the "
            "adapter.",
        ),
        zh=(
            "主成分初始化 (PiSSA)",
            "适配器从权重最强的方向开始，而不是从零开始。起步更快，但准备需要时间；底模也随之改变，要分享适配器请"
            "打开 pissa_convert。",
        ),
    )
    pissa_iter: Whole = param(
        16,
        ge=-1,
        le=1024,
        group="adapter",
        methods=("lora",),
        status="later",
        en=("PiSSA rounds", "Rounds of the fast decomposition; 16 is plenty. -1 takes the exact and slow one."),
        zh=("PiSSA 迭代", "快速分解的迭代次数，16 足够。-1 表示用精确但很慢的分解。"),
    )
    pissa_convert: Flag = param(
        False,
        group="adapter",
        methods=("lora",),
        status="later",
        en=(
            "Save PiSSA as plain LoRA",
            "After training, turns the adapter into a plain LoRA that works with the untouched base model. Turn "
            "it on with pissa_init.",
        ),
        zh=("PiSSA 转为普通 LoRA", "训练后把适配器转成普通 LoRA，可配合未改动的底模使用。用 pissa_init 时请打开。"),
    )
