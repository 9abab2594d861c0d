"""A GGUF file in llama.cpp, in a process of its own: `python -m services.workers.ask_gguf REQUEST.json ANSWER.json`.

llama.cpp may end a process that gives it a broken file; here it takes nobody with it. The other side is
`services.export.llama_cpp`.
"""

import json
import logging
import os
import secrets
import sys
from pathlib import Path
from typing import Any

import httpx

from services import files
from services.export.llama_cpp import REFUSED

log = logging.getLogger("tunesmith.ask_gguf")


def main() -> int:
    """Read the request, answer it. The answer file is written last, and only when all went well."""
    logging.basicConfig(level=logging.INFO, stream=sys.stderr)
    request = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    import xllamacpp

    server = xllamacpp.Server(_params(xllamacpp, request, token := secrets.token_urlsafe()))
    with httpx.Client(
        base_url=str(server.listening_address),
        headers={"Authorization": f"Bearer {token}"},
        trust_env=False,
        timeout=httpx.Timeout(None, connect=10),
    ) as client:
        answer = {
            "prompts": [_rendered(client, messages, request) for messages in request.get("render", [])],
            "ids": [_ids(client, text) for text in request.get("tokenise", [])],
            "answers": [_answered(client, messages, request) for messages in request.get("ask", [])],
        }
    files.write_text(Path(sys.argv[2]), json.dumps(answer, ensure_ascii=False))
    os._exit(0)  # the server's threads have nothing left to say, and need seconds to wind down


def _params(xllamacpp: Any, request: dict[str, Any], token: str) -> Any:
    params = xllamacpp.CommonParams()
    params.model.path = request["path"]
    params.n_ctx = int(request.get("context_len", 2048))
    params.n_parallel = 1
    params.n_gpu_layers = int(request.get("gpu_layers", 0))
    params.warmup = False
    params.offline = True
    params.port = 0
    params.hostnames = ["127.0.0.1"]
    params.api_keys = [token]
    params.use_jinja = True
    params.reasoning_format = xllamacpp.common_reasoning_format.COMMON_REASONING_FORMAT_NONE
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = max(1, (os.cpu_count() or 2) // 2)
    params.cpuparams.poll = params.cpuparams_batch.poll = 0  # threads that spin starve a busy PC
    return params


def _rendered(client: httpx.Client, messages: list[dict[str, str]], request: dict[str, Any]) -> str:
    """The prompt that llama.cpp makes of messages; REFUSED where the template refuses them."""
    answer = client.post("/apply-template", json={"messages": messages, **_template_options(request)})
    if answer.status_code >= 400:
        log.info("refused: %s", answer.text)
        return REFUSED
    return str(answer.json()["prompt"])


def _ids(client: httpx.Client, text: str) -> list[int]:
    answer = client.post("/tokenize", json={"content": text, "add_special": False, "parse_special": True})
    answer.raise_for_status()
    return [int(i) for i in answer.json()["tokens"]]


def _answered(client: httpx.Client, messages: list[dict[str, str]], request: dict[str, Any]) -> dict[str, str]:
    answer = client.post(
        "/v1/chat/completions",
        json={
            "messages": messages,
            "temperature": 0,
            "max_tokens": int(request.get("max_tokens", 128)),
            "stop": request.get("stop", []),
            **_template_options(request),
        },
    )
    answer.raise_for_status()
    choice = answer.json()["choices"][0]
    return {"text": choice["message"].get("content") or "", "done_reason": choice.get("finish_reason") or ""}


def _template_options(request: dict[str, Any]) -> dict[str, Any]:
    thinking = request.get("enable_thinking")
    return {} if thinking is None else {"chat_template_kwargs": {"enable_thinking": thinking}}


if __name__ == "__main__":
    raise SystemExit(main())
