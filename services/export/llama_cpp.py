"""Ask a GGUF file through llama.cpp: answers, rendered prompts, token ids. Each call is a process of its own."""

import json
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.errors import TunesmithError
from services.i18n import N_
from services.jobs.launch import NO_WINDOW, python_command

Message = dict[str, str]
REFUSED = "\0refused"
"""In the place of a prompt that the file's template refuses to render."""


class GgufNotAnswering(TunesmithError):
    """llama.cpp could not load a file, or did not answer."""


@dataclass(frozen=True)
class GgufAnswer:
    """text: what the model wrote. done_reason: 'stop' if it ended by itself, 'length' if it was cut off."""

    text: str
    done_reason: str


def ask_gguf(
    path: Path,
    questions: Sequence[str | list[Message]],
    *,
    system: str | None = None,
    max_tokens: int = 128,
    context_len: int = 2048,
    enable_thinking: bool | None = None,
    timeout_s: float = 300.0,
) -> list[GgufAnswer]:
    """Greedy answers of a GGUF to questions (texts, or whole conversations), each in a conversation of its own.

    Raises GgufNotAnswering if llama.cpp cannot load the file or takes longer than timeout_s.
    """
    asked = []
    for question in questions:
        messages = [{"role": "user", "content": question}] if isinstance(question, str) else list(question)
        asked.append([{"role": "system", "content": system}, *messages] if system is not None else messages)
    answer = _run(
        path,
        {"ask": asked, "max_tokens": max_tokens, "context_len": context_len, "enable_thinking": enable_thinking},
        timeout_s,
    )
    return [GgufAnswer(a["text"], a["done_reason"]) for a in answer["answers"]]


def read_as_llama_cpp(
    path: Path,
    conversations: Sequence[list[Message]],
    texts: Sequence[str],
    *,
    enable_thinking: bool | None = None,
    timeout_s: float = 300.0,
) -> tuple[list[str], list[list[int]]]:
    """What llama.cpp makes of conversations (prompts, REFUSED where the template refuses) and of texts (token ids).

    Ids are those of the text alone, control tokens in it recognised, no BOS added. Raises GgufNotAnswering.
    """
    answer = _run(
        path,
        {
            "render": list(conversations),
            "tokenise": list(texts),
            "context_len": 512,
            "enable_thinking": enable_thinking,
        },
        timeout_s,
    )
    return list(answer["prompts"]), [list(ids) for ids in answer["ids"]]


def _run(path: Path, request: dict[str, Any], timeout_s: float) -> dict[str, Any]:
    if not path.is_file():
        raise GgufNotAnswering(N_("There is no file {file}."), way_out=N_("Choose another file."), file=str(path))
    with tempfile.TemporaryDirectory(prefix="tunesmith-", ignore_cleanup_errors=True) as scratch:
        asked, answered = Path(scratch) / "request.json", Path(scratch) / "answer.json"
        asked.write_text(json.dumps({"path": str(path.resolve()), **request}), encoding="utf-8")
        try:
            done = subprocess.run(
                python_command("services.workers.ask_gguf", str(asked), str(answered)),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                timeout=timeout_s,
                creationflags=NO_WINDOW,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise GgufNotAnswering(
                N_("llama.cpp did not answer within {limit_s} s with {file}."),
                way_out=N_("Close other programs, or choose a smaller quant."),
                limit_s=f"{timeout_s:g}",
                file=str(path),
            ) from None
        if answered.is_file():
            return dict(json.loads(answered.read_text(encoding="utf-8")))
    raise GgufNotAnswering(
        N_("llama.cpp cannot load {file}: {reason}"),
        way_out=N_("Export the file again; if that fails too, choose another quant."),
        file=str(path),
        reason=_reason(done.stderr.decode("utf-8", errors="replace"), done.returncode),
    )


def _reason(log: str, code: int) -> str:
    """The line of the log that says most: llama.cpp's own last error, else Python's."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    errors = [line for line in lines if "error" in line.lower() or "failed" in line.lower()]
    return (errors or lines or [f"exit code {code}"])[-1][:300]
