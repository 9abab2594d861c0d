"""Group Model: what is trained, and how it is loaded."""

from typing import Annotated, Literal

from pydantic import BaseModel

from services.recipes.schema.param import param
from services.recipes.schema.types import Choice, Flag, MaybeChoice, Names, Text


class ModelParameters(BaseModel):
    """Which model, which adapters on it, and how its text window and vocabulary are changed."""

    model_name_or_path: Text = param(
        "",
        group="model",
        unset=("none chosen", "未选择"),
        en=(
            "Base model",
            "The model to start from: a folder on this PC, or a name from the model list such as "
            "Qwen/Qwen3-4B-Instruct-2507. A chat model that already speaks your language needs far fewer "
            "examples than a plain one.",
        ),
        zh=(
            "基础模型",
            "从哪个模型开始：本机的模型文件夹，或模型列表里的名称，例如 Qwen/Qwen3-4B-Instruct-2507。已经会聊天、"
            "会说你的语言的模型，需要的样例少得多。",
        ),
    )
    adapter_name_or_path: Names = param(
        "",
        group="model",
        unset=("none", "无"),
        methods=("lora",),
        en=(
            "Adapter to go on from",
            "An adapter to train further in place of a new one: the number of an earlier LoRA run, or a folder "
            "that holds adapter_model.safetensors. The optimiser starts afresh, so it also suits other rows.",
        ),
        zh=(
            "接着训练的适配器",
            "接着训练已有的适配器，而不是新建一个：填以前 LoRA 训练的编号，或含有 adapter_model.safetensors 的文"
            "件夹。优化器从头开始，因此也适合换了样例的情况。",
        ),
    )
    create_new_adapter: Flag = param(
        False,
        group="model",
        methods=("lora",),
        status="later",
        en=(
            "Start a new adapter",
            "Merges the adapter named above into the model and trains a fresh one on top, in place of going on "
            "with it. For a second skill that should be removable again.",
        ),
        zh=(
            "新建适配器",
            "把上面的适配器并入模型，再在上面训练一个全新的，而不是接着练它。适合以后还想单独去掉的新本领。",
        ),
    )
    rope_scaling: Annotated[Literal["linear", "dynamic", "yarn", "llama3"] | None, MaybeChoice] = param(
        None,
        group="model",
        unset=("off", "关"),
        en=(
            "Longer window (RoPE)",
            "Stretches the text window when cutoff_len is beyond what the model was made for. Leave it off "
            "otherwise: it costs a little quality on short texts. yarn keeps most, linear is the simplest.",
        ),
        zh=(
            "加长窗口 (RoPE)",
            "当 cutoff_len 超过模型原本的窗口时拉长它；否则请保持关闭，短文本的质量会略降。yarn 损失最小，linear "
            "最简单。",
        ),
    )
    resize_vocab: Flag = param(
        False,
        group="model",
        en=(
            "Grow the vocabulary",
            "Adds rows for tokens that the template needs and the model lacks. The new rows know nothing yet, so "
            "train the embedding too (additional_target). Not with quantisation.",
        ),
        zh=(
            "扩充词表",
            "为模板需要而模型没有的词元添加新行。新行起初什么都不会，因此要同时训练词嵌入（additional_target）。"
            "不能与量化同用。",
        ),
    )
    trust_remote_code: Flag = param(
        False,
        group="model",
        status="kept",
        en=(
            "Allow code from the model",
            "Some old models bring their own Python code. Tunesmith runs none: known architectures do not need it"
            ", and others are asked about first. Kept in the file for LLaMA-Factory.",
        ),
        zh=(
            "允许模型自带代码",
            "有些旧模型自带 Python 代码。Tunesmith 不运行它：已知结构用不着，其他结构会先问你。仅为 "
            "LLaMA-Factory 保留在文件里。",
        ),
    )
    infer_backend: Annotated[Literal["huggingface", "vllm", "sglang", "ktransformers"], Choice] = param(
        "huggingface",
        group="model",
        status="kept",
        en=(
            "Chat engine",
            "Which engine LLaMA-Factory chats with. Tunesmith has one of its own and talks to other servers by "
            "address, so this is only kept in the file.",
        ),
        zh=(
            "对话引擎",
            "LLaMA-Factory 用哪个引擎对话。Tunesmith 有自己的引擎，其他服务器按地址连接，因此这里只在文件里保留。",
        ),
    )
