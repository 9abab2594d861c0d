"""Group Saving and logging."""

from pydantic import BaseModel

from services.recipes.schema.param import param
from services.recipes.schema.types import Count, Flag, MaybeWhole, Names, Text


class SavingParameters(BaseModel):
    """Where a run goes, how often it is saved and what is written beside it."""

    output_dir: Text = param(
        "",
        group="saving",
        unset=("the run's own folder", "本次训练自己的文件夹"),
        status="kept",
        en=(
            "Output folder",
            "Where LLaMA-Factory puts its results. In a project each run has a folder of its own, so Tunesmith "
            "does not need it; it is kept in the file.",
        ),
        zh=(
            "输出文件夹",
            "LLaMA-Factory 把结果放在哪里。在项目里每次训练都有自己的文件夹，Tunesmith 不需要它；仅在文件里保留。",
        ),
    )
    overwrite_output_dir: Flag = param(
        False,
        group="saving",
        status="kept",
        en=(
            "Overwrite the output folder",
            "Lets LLaMA-Factory write into a folder that is not empty. Tunesmith never overwrites a run.",
        ),
        zh=("覆盖输出文件夹", "允许 LLaMA-Factory 写入非空文件夹。Tunesmith 从不覆盖训练结果。"),
    )
    logging_steps: Count = param(
        1,
        peer=500,
        gt=0,
        le=1_000_000_000,
        group="saving",
        en=(
            "Steps between log lines",
            "How often the loss is written down and the curve gets a point. 1 shows every step and costs nothing "
            "to speak of; 10 for runs of many thousands. (LLaMA-Factory takes 500 where a file does not say.)",
        ),
        zh=(
            "日志间隔（步）",
            "多久记一次损失、给曲线添一个点。1 表示每步都记，几乎没有代价；上万步的训练可用 10。（文件未写明时 "
            "LLaMA-Factory 取 500。）",
        ),
    )
    save_steps: Count = param(
        100,
        peer=500,
        gt=0,
        le=1_000_000_000,
        group="saving",
        en=(
            "Steps between checkpoints",
            "How often the run is saved so that it can go on after a power cut, and how finely you can go back. "
            "A number below 1 is a share of the run. A full model is large on disk: save it less often. ("
            "LLaMA-Factory takes 500 where a file does not say.)",
        ),
        zh=(
            "检查点间隔（步）",
            "多久保存一次，断电后可从那里继续，也决定能回到多细的时刻。小于 1 的数是全程的比例。全参数模型很占硬"
            "盘，宜存得少些。（文件未写明时 LLaMA-Factory 取 500。）",
        ),
    )
    save_total_limit: MaybeWhole = param(
        3,
        peer=None,
        ge=1,
        le=1_000_000,
        group="saving",
        unset=("keep all", "全部保留"),
        en=(
            "Checkpoints to keep",
            "Older ones are deleted; the best one always stays. Empty keeps them all. (LLaMA-Factory keeps all "
            "where a file does not say.)",
        ),
        zh=(
            "保留检查点数",
            "更早的会被删除，最佳的一定保留。留空表示全部保留。（文件未写明时 LLaMA-Factory 全部保留。）",
        ),
    )
    save_only_model: Flag = param(
        False,
        group="saving",
        en=(
            "Checkpoints without the optimiser",
            "Makes checkpoints smaller, but a run cannot resume from them exactly. Leave it off unless the disk "
            "is full.",
        ),
        zh=("检查点不含优化器", "检查点更小，但无法从中精确续训。除非硬盘不够，请保持关闭。"),
    )
    resume_from_checkpoint: Text = param(
        "",
        group="saving",
        unset=("start from the beginning", "从头开始"),
        en=(
            "Go on from a checkpoint",
            "Goes on where another run stood: the number of that run, its folder, or a checkpoint's folder. An "
            "interrupted run needs nothing here: Resume finds its last checkpoint by itself.",
        ),
        zh=(
            "从检查点继续",
            "从另一次训练停下的地方继续：填那次训练的编号、文件夹，或某个检查点的文件夹。中断的训练不用填：点“继"
            "续”会自动找到最后一个检查点。",
        ),
    )
    plot_loss: Flag = param(
        True,
        peer=False,
        group="saving",
        en=(
            "Picture of the loss",
            "Writes training_loss.png at the end. (LLaMA-Factory does not where a file does not say.)",
        ),
        zh=("损失曲线图", "结束时写出 training_loss.png。（文件未写明时 LLaMA-Factory 不写。）"),
    )
    report_to: Names = param(
        "none",
        group="saving",
        status="later",
        en=(
            "Report to",
            "Services that follow a run, such as tensorboard or wandb. The run page shows everything here; "
            "nothing leaves this PC unless you say so.",
        ),
        zh=(
            "上报到",
            "跟踪训练的服务，例如 tensorboard 或 wandb。训练页已显示全部信息；没有你的允许，任何内容都不会离开本机。",
        ),
    )
    include_num_input_tokens_seen: Flag = param(
        False,
        group="saving",
        status="kept",
        en=(
            "Count the tokens",
            "Makes LLaMA-Factory count tokens read. Tunesmith always counts them and shows tokens a second.",
        ),
        zh=("统计词元", "让 LLaMA-Factory 统计读过的词元。Tunesmith 总会统计，并显示每秒词元数。"),
    )
