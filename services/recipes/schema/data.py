"""Group Data: which examples, and how they become tokens."""

from typing import Annotated, Literal

from pydantic import BaseModel

from services.recipes.schema.param import param
from services.recipes.schema.types import Choice, Flag, MaybeFlag, MaybeWhole, Names, Text, Whole


class DataParameters(BaseModel):
    """Data sets, template, length and what of each row is learned."""

    dataset: Names = param(
        "",
        group="data",
        unset=("none chosen", "未选择"),
        en=(
            "Examples to learn from",
            "One or more data sets of the project, separated by commas. 50 good rows can change how a model "
            "speaks, 500 teach it a task; ten careful rows beat a hundred careless ones.",
        ),
        zh=(
            "训练数据集",
            "项目里的一个或多个数据集，用逗号分开。50 条好样例就能改变说话方式，500 条能教会一项任务；十条用心的"
            "胜过一百条随便的。",
        ),
    )
    eval_dataset: Names = param(
        "",
        group="data",
        unset=("none", "无"),
        en=(
            "Examples to check with",
            "Data sets that are never learned, only used to measure the loss while training and to predict. Keep "
            "some rows apart here, or let val_size take a share.",
        ),
        zh=(
            "验证数据集",
            "绝不参与学习、只用来在训练中测量损失和做预测的数据集。可以在这里留出一些样例，也可以让 val_size 自动"
            "分出一部分。",
        ),
    )
    dataset_dir: Text = param(
        "data",
        group="data",
        status="kept",
        en=(
            "Folder of data sets",
            "Where LLaMA-Factory looks for dataset_info.json. In a project data sets are found by their names, "
            "so Tunesmith leaves this as it is.",
        ),
        zh=(
            "数据集文件夹",
            "LLaMA-Factory 在哪里找 dataset_info.json。在项目里数据集按名称查找，Tunesmith 不动这一项。",
        ),
    )
    template: Text = param(
        "model",
        group="data",
        en=(
            "Template",
            "How a conversation is written for the model. 'model' uses the one that came with it, which is right "
            "for almost every chat model. Choose a named one (qwen, llama3, chatml ...) only for a model without "
            "its own; chat and export then use the same.",
        ),
        zh=(
            "模板",
            "怎样把对话写给模型看。model 表示用模型自带的模板，几乎所有聊天模型都该用它。只有模型没有自带模板时才"
            "选一个名称（qwen、llama3、chatml……），对话和导出也会用同一个。",
        ),
    )
    cutoff_len: Whole = param(
        2048,
        ge=4,
        le=1048576,
        group="data",
        en=(
            "Longest example (tokens)",
            "Longer rows are cut to this many tokens; the forecast says how many. Memory grows with it: lower it "
            "if a run does not fit, raise it if many rows are cut. A token is about three quarters of an English "
            "word.",
        ),
        zh=(
            "最长样例（词元）",
            "更长的样例会被截到这么多词元，预估里会显示有几条。它越大越占显存：放不下就调小，截得太多就调大。一个"
            "词元约等于一到两个汉字。",
        ),
    )
    truncation: Annotated[Literal["tunesmith", "llamafactory"], Choice] = param(
        "tunesmith",
        peer="llamafactory",
        ours=True,
        group="data",
        labels={
            "tunesmith": ("keep the structure whole", "保持结构完整"),
            "llamafactory": ("as LLaMA-Factory cuts", "按 LLaMA-Factory 的规则"),
        },
        en=(
            "How long rows are cut",
            "tunesmith drops the oldest exchanges first and never cuts a template in two. llamafactory cuts turn "
            "by turn as that program does; a recipe file that does not say means that.",
        ),
        zh=(
            "截断方式",
            "tunesmith 先丢掉最早的来回，绝不把模板切成两半。llamafactory 按那个程序的规则逐轮截断；未写明的配方"
            "文件按它处理。",
        ),
    )
    max_samples: MaybeWhole = param(
        None,
        ge=1,
        le=1_000_000_000,
        group="data",
        unset=("all rows", "全部样例"),
        en=(
            "Rows at most",
            "Takes only so many rows of each data set. Good for a quick trial; leave empty for the real run.",
        ),
        zh=("最多样例数", "每个数据集只取这么多条。适合快速试跑；正式训练请留空。"),
    )
    packing: MaybeFlag = param(
        None,
        group="data",
        unset=("on for pre-training only", "仅预训练时开"),
        stages=("pt", "sft"),
        en=(
            "Pack short rows",
            "Joins short rows up to cutoff_len so that steps are evenly full. Rows never see each other. "
            "Tunesmith wastes nothing on padding anyway, so it helps only with very many short rows; steps "
            "become fewer, so check num_train_epochs.",
        ),
        zh=(
            "拼接短样例",
            "把短样例拼到 cutoff_len 长，让每步都装满，样例之间互不可见。Tunesmith 本来就不浪费在填充上，所以只有"
            "大量很短的样例时才有用；步数会变少，请留意 num_train_epochs。",
        ),
    )
    neat_packing: Flag = param(
        False,
        group="data",
        stages=("sft",),
        en=(
            "Pack without mixing",
            "LLaMA-Factory's switch for packed rows that cannot see each other. In Tunesmith packed rows never "
            "can; turning this on simply turns packing on.",
        ),
        zh=(
            "拼接且互不可见",
            "LLaMA-Factory 里让拼接的样例互不可见的开关。在 Tunesmith 里拼接的样例本来就互不可见；打开它等于打开拼接。",
        ),
    )
    mask_history: Flag = param(
        False,
        group="data",
        stages=("sft",),
        en=(
            "Learn the last answer only",
            "In conversations of several turns, learn only the final answer and read the rest. Use it when the "
            "earlier answers are not worth copying.",
        ),
        zh=("只学最后一个回答", "多轮对话里只学最后一个回答，其余只当上下文读。前面的回答不值得模仿时使用。"),
    )
    train_on_prompt: Flag = param(
        False,
        group="data",
        stages=("sft",),
        en=(
            "Learn the questions too",
            "Learns every token, the person's words included. Rarely wanted: the model then learns to ask as "
            "well as to answer.",
        ),
        zh=("连提问也学", "连用户的话在内，每个词元都学。一般不需要：模型会在学会回答的同时也学会提问。"),
    )
    enable_thinking: Flag = param(
        True,
        group="data",
        stages=("sft", "dpo", "kto", "orpo", "simpo", "rm", "ppo", "grpo"),
        en=(
            "Thinking models think",
            "For models that can write their reasoning first (Qwen3 and the like). Off marks each answer as one "
            "without thinking, which suits examples that hold plain answers. Other models ignore it.",
        ),
        zh=(
            "思考模型先思考",
            "用于会先写出推理过程的模型（如 Qwen3）。关闭后每个回答都标记为不思考，适合只含直接答案的样例。其他模"
            "型不受影响。",
        ),
    )
    preprocessing_num_workers: MaybeWhole = param(
        None,
        ge=1,
        le=1024,
        group="data",
        unset=("one", "一个"),
        status="kept",
        en=(
            "Tokenising processes",
            "How many processes LLaMA-Factory tokenises with. Tunesmith does thousands of rows a second in one, "
            "so it needs none; kept in the file.",
        ),
        zh=("分词进程数", "LLaMA-Factory 分词用几个进程。Tunesmith 单进程每秒能处理数千条，用不着；仅在文件里保留。"),
    )
    overwrite_cache: Flag = param(
        False,
        group="data",
        status="kept",
        en=(
            "Tokenise afresh",
            "Makes LLaMA-Factory ignore its cache of tokenised rows. Tunesmith keeps no such cache: the rows of "
            "a run are always those of its version.",
        ),
        zh=("重新分词", "让 LLaMA-Factory 不用分词缓存。Tunesmith 没有这种缓存：训练用的总是所选版本的样例。"),
    )
    tokenized_path: Text = param(
        "",
        group="data",
        unset=("none", "无"),
        status="kept",
        en=(
            "Folder of tokenised rows",
            "Where LLaMA-Factory saves or finds rows already tokenised. Tunesmith tokenises from the data set "
            "each time, so that what you see is what is learned.",
        ),
        zh=("分词结果文件夹", "LLaMA-Factory 存取分词结果的位置。Tunesmith 每次都从数据集重新分词，保证所见即所学。"),
    )
    dataloader_num_workers: Whole = param(
        0,
        ge=0,
        le=256,
        group="data",
        status="kept",
        en=(
            "Loading processes",
            "Extra processes with which LLaMA-Factory prepares batches. In Tunesmith text rows are ready in no "
            "time without any; kept in the file.",
        ),
        zh=(
            "读取进程数",
            "LLaMA-Factory 额外用几个进程准备批次。Tunesmith 里文本样例无需额外进程，瞬间就好；仅在文件里保留。",
        ),
    )
