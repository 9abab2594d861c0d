"""Column names that people use for a role, in English and Chinese, compared without case, blanks and underscores."""

import re

NAMES: dict[str, tuple[str, ...]] = {
    "prompt": ("instruction", "prompt", "question", "user", "q", "query", "problem", "指令", "问题", "提问", "用户"),
    "query": ("input", "context", "输入", "补充", "上下文"),
    "response": (
        "output", "response", "answer", "completion", "reply", "target", "solution", "assistant", "a",
        "输出", "回答", "答案", "回复", "答复", "助手",
    ),
    "history": ("history", "历史", "历史对话"),
    "messages": ("messages", "conversations", "conversation", "dialog", "dialogue", "turns", "对话", "消息"),
    "system": ("system", "systemprompt", "系统", "系统提示", "系统提示词"),
    "tools": ("tools", "functions", "工具"),
    "chosen": ("chosen", "preferred", "accepted", "better", "优选", "选中"),
    "rejected": ("rejected", "dispreferred", "worse", "拒绝", "落选"),
    "kto_tag": ("ktotag", "label", "desirable", "标签"),
    "text": ("text", "content", "文本", "正文", "内容"),
    "images": ("images", "image"),
    "videos": ("videos", "video"),
    "audios": ("audios", "audio"),
}  # fmt: skip


def plain(name: str) -> str:
    """A column name without case, blanks, underscores and dashes."""
    return re.sub(r"[\s_\-]+", "", name).casefold()


def column_for(role: str, columns: list[str]) -> str:
    """The column whose name stands for a role, the more usual name first; "" if none."""
    for wanted in NAMES[role]:
        for column in columns:
            if plain(column) == wanted:
                return column
    return ""


def columns_for(roles: tuple[str, ...], columns: list[str]) -> dict[str, str]:
    """Role -> column, for those roles that a name stands for."""
    found = {role: column_for(role, columns) for role in roles}
    return {role: column for role, column in found.items() if column}


MEDIA = ("images", "videos", "audios")
"""Columns that are kept and shown, and not trained."""
