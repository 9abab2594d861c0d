"""Groups Predict, Export and Exam: what is done with a model after it has learned."""

from typing import Annotated, Literal

from pydantic import BaseModel

from services.recipes.schema.param import param
from services.recipes.schema.types import Choice, Flag, MaybeBits, Real, Text, Whole


class PredictParameters(BaseModel):
    """Writing answers for a whole data set, and how answers are sampled."""

    do_predict: Flag = param(
        False,
        group="predict",
        en=("Predict", "Writes an answer to every row of eval_dataset and scores it against the row's own."),
        zh=("预测", "对 eval_dataset 的每条样例写出回答，并与样例自带的回答比较打分。"),
    )
    predict_with_generate: Flag = param(
        False,
        group="predict",
        stages=("sft",),
        en=(
            "Predict by writing",
            "LLaMA-Factory's switch for predictions as text with BLEU and ROUGE scores. Goes with do_predict.",
        ),
        zh=("以生成方式预测", "LLaMA-Factory 里以文本预测并计算 BLEU、ROUGE 的开关。与 do_predict 一起用。"),
    )
    max_new_tokens: Whole = param(
        1024,
        ge=1,
        le=1048576,
        group="predict",
        en=("Longest answer (tokens)", "An answer stops here even if it is not finished."),
        zh=("最长回答（词元）", "回答到这里就停，即使还没写完。"),
    )
    do_sample: Flag = param(
        True,
        group="predict",
        en=(
            "Vary the answers",
            "On draws among likely words; off always takes the likeliest, so that the same question gets the "
            "same answer.",
        ),
        zh=("允许变化", "开启时在可能的词里抽取；关闭时总取最可能的词，同样的问题得到同样的回答。"),
    )
    temperature: Real = param(
        0.95,
        ge=0,
        le=10,
        group="predict",
        en=(
            "Temperature",
            "How daring the choice of words is. Near 0 sober and repeatable, 0.7 lively, above 1.2 wild.",
        ),
        zh=("温度", "选词有多大胆。接近 0 稳重可重复，0.7 生动，超过 1.2 就很随意了。"),
    )
    top_p: Real = param(
        0.7,
        gt=0,
        le=1,
        group="predict",
        en=(
            "Top p",
            "Draws only among the likeliest words that make up this share of the probability. 1 considers all.",
        ),
        zh=("Top p", "只在累计概率达到这个比例的最可能词里抽取。1 表示全部考虑。"),
    )
    top_k: Whole = param(
        50,
        ge=0,
        le=1_000_000,
        group="predict",
        en=("Top k", "Draws only among this many likeliest words; 0 sets no limit."),
        zh=("Top k", "只在这么多个最可能的词里抽取；0 表示不限。"),
    )
    repetition_penalty: Real = param(
        1.0,
        gt=0,
        le=10,
        group="predict",
        en=(
            "Repetition penalty",
            "Makes words that were already used less likely. 1 does nothing; 1.1 helps a model that goes in circles.",
        ),
        zh=("重复惩罚", "让用过的词更不容易再出现。1 表示不起作用；模型原地打转时可用 1.1。"),
    )


class ExportParameters(BaseModel):
    """Merging and handing over."""

    export_dir: Text = param(
        "",
        group="export",
        unset=("the project's exports folder", "项目的 exports 文件夹"),
        status="later",
        en=("Export folder", "Where the merged model goes."),
        zh=("导出文件夹", "合并后的模型放在哪里。"),
    )
    export_size: Whole = param(
        5,
        ge=1,
        le=1000,
        group="export",
        status="later",
        en=("Largest file (GB)", "A merged model is split into files no larger than this."),
        zh=("单文件上限 (GB)", "合并后的模型会拆成不超过这个大小的文件。"),
    )
    export_device: Annotated[Literal["cpu", "auto"], Choice] = param(
        "cpu",
        group="export",
        status="kept",
        en=(
            "Merge on",
            "Where LLaMA-Factory merges. Tunesmith streams tensor by tensor on the processor and needs little "
            "memory for it; kept in the file.",
        ),
        zh=("在哪里合并", "LLaMA-Factory 在哪里合并。Tunesmith 在处理器上逐张量流式合并，占用很小；仅在文件里保留。"),
    )
    export_legacy_format: Flag = param(
        False,
        group="export",
        status="kept",
        en=(
            "Old .bin format",
            "LLaMA-Factory's switch for the old file format, which can carry code. Tunesmith writes safetensors only.",
        ),
        zh=("旧 .bin 格式", "LLaMA-Factory 写旧格式的开关，旧格式可能夹带代码。Tunesmith 只写 safetensors。"),
    )
    export_quantization_bit: Annotated[Literal[2, 3, 4, 8] | None, MaybeBits] = param(
        None,
        group="export",
        unset=("off", "关"),
        status="later",
        en=(
            "GPTQ bits",
            "Exports the merged model quantised by GPTQ to so many bits. For Ollama and llama.cpp choose a GGUF "
            "quant in the export dialog in its place.",
        ),
        zh=(
            "GPTQ 位数",
            "导出时用 GPTQ 把合并后的模型量化到这么多位。给 Ollama 和 llama.cpp 用的，请在导出对话框里选 GGUF 量化。",
        ),
    )
    export_quantization_dataset: Text = param(
        "",
        group="export",
        unset=("none", "无"),
        status="later",
        en=("Texts for GPTQ", "Texts by which GPTQ finds what matters; much like those the model will meet."),
        zh=("GPTQ 校准文本", "GPTQ 用来判断哪些重要的文本，应接近模型将来遇到的内容。"),
    )


class ExamParameters(BaseModel):
    """Multiple-choice exams (MMLU, CMMLU, C-Eval)."""

    task: Text = param(
        "",
        group="exam",
        unset=("none", "无"),
        status="later",
        en=("Exam", "Which exam and part, for example mmlu_test, cmmlu_test or ceval_validation."),
        zh=("考试", "哪套考试的哪部分，例如 mmlu_test、cmmlu_test 或 ceval_validation。"),
    )
    task_dir: Text = param(
        "evaluation",
        group="exam",
        status="later",
        en=("Folder of exams", "Where the exam's questions are."),
        zh=("考题文件夹", "考题放在哪个文件夹里。"),
    )
    lang: Annotated[Literal["en", "zh"], Choice] = param(
        "en",
        group="exam",
        status="later",
        en=("Exam language", "Language of the words around each question: en for MMLU, zh for CMMLU and C-Eval."),
        zh=("考试语言", "题目前后说明文字的语言：MMLU 用 en，CMMLU 和 C-Eval 用 zh。"),
    )
    n_shot: Whole = param(
        5,
        ge=0,
        le=100,
        group="exam",
        status="later",
        en=("Worked examples", "How many solved questions stand before each one. 5 is what published results use."),
        zh=("示例题数", "每道题前放几道已解的题。公开成绩都用 5。"),
    )
    save_dir: Text = param(
        "",
        group="exam",
        unset=("the job's own folder", "任务自己的文件夹"),
        status="later",
        en=("Results folder", "Where LLaMA-Factory writes the marks. Tunesmith writes them to the job's folder."),
        zh=("成绩文件夹", "LLaMA-Factory 把成绩写在哪里。Tunesmith 写在任务自己的文件夹里。"),
    )
    batch_size: Whole = param(
        4,
        ge=1,
        le=65536,
        group="exam",
        status="later",
        en=("Questions at a time", "Larger is faster and needs more memory; the marks are the same."),
        zh=("每批题数", "越大越快、越占显存；成绩不变。"),
    )
