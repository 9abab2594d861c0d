"""The words of a filter, in English and Chinese, and what they mean. Words for columns are in ROLES_IN_WORDS."""

WORDS: dict[str, tuple[str, ...]] = {
    "and": ("and", "&&", "且", "并且", "和", "而且", "同时"),
    "or": ("or", "||", "或", "或者"),
    "not": ("not", "no", "不", "非", "没有"),
    "contains": ("contains", "contain", "has", "have", "includes", "包含", "含有", "有"),
    "not contains": ("does not contain", "doesn't contain", "without", "不包含", "不含", "不含有"),
    "starts": ("starts with", "begins with", "开头是", "开头为"),
    "ends": ("ends with", "结尾是", "结尾为"),
    "matches": ("matches", "match", "匹配"),
    "is": ("is", "are", "equals", "是", "为"),
    "is not": ("is not", "are not", "isn't", "不是", "不为"),
    "empty": ("empty", "blank", "missing", "空", "空的", "空白"),
    "not empty": ("非空", "不空"),
    "length": ("length", "characters", "长度", "字数", "字符数"),
    ">": ("longer than", "more than", "greater than", "above", "over", "长于", "超过", "大于", "多于"),
    "<": ("shorter than", "less than", "fewer than", "below", "under", "短于", "小于", "少于", "不足"),
    ">=": ("at least", "大于等于", "不小于", "不少于", "至少"),
    "<=": ("at most", "小于等于", "不大于", "不超过", "至多"),
    "=": ("等于",),
    "!=": ("不等于",),
    "tokens": ("tokens", "token", "词元", "词元数"),
    "starred": ("starred", "star", "a star", "stars", "星标", "加星", "加星标", "已加星标"),
    "tag": ("tag", "tags", "a tag", "tagged", "标签"),
    "finding": ("finding", "findings", "a finding", "检查结果", "发现"),
    "of": ("of", "the", "的"),
}
"""Meaning -> how it is written. Where one spelling begins another, the longer one is meant."""

ROLES_IN_WORDS: dict[str, tuple[str, ...]] = {
    "prompt": ("prompt", "question", "user", "instruction", "问题", "提问", "用户", "指令"),
    "query": ("query", "input", "输入"),
    "response": ("response", "answer", "assistant", "output", "回答", "答案", "助手", "输出"),
    "system": ("system", "系统", "系统提示词"),
    "tools": ("tools", "工具"),
    "history": ("history", "历史"),
    "messages": ("messages", "conversation", "对话", "消息"),
    "chosen": ("chosen", "优选"),
    "rejected": ("rejected", "落选"),
    "kto_tag": ("label", "kto_tag"),
    "text": ("text", "文本"),
}
"""Role -> the words for the column that plays it. A column of that very name comes first."""

SIGNS = ("!=", ">=", "<=", "==", "≠", "≥", "≤", "=", ">", "<", "：", ":", "＝", "＞", "＜")
SAME_SIGN = {"==": "=", "≠": "!=", "≥": ">=", "≤": "<=", "：": "=", ":": "=", "＝": "=", "＞": ">", "＜": "<"}
QUOTES = {'"': '"', "'": "'", "“": "”", "「": "」", "‘": "’", "`": "`", "«": "»"}

MEANINGS = {spelling: meaning for meaning, spellings in WORDS.items() for spelling in spellings}
"""Spelling -> meaning; `isn't` is "is not"."""

ROLE_OF = {word: role for role, words in ROLES_IN_WORDS.items() for word in words}
"""Word -> role."""
