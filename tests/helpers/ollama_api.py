"""The endpoints of the contract server (see `ollama_contract`)."""

import hashlib
import json
import re
import time
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any

import anyio
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from tests.helpers.ollama_answers import (
    JSON_TYPE,
    Answer,
    Refused,
    event_of,
    full,
    json_of,
    line_of,
    now,
    show_of,
    tag_of,
    v1_rendered,
    valid_name,
)
from tests.helpers.ollama_models import BUILT_IN, BuiltIn, GgufFacts, Model, edit_distance, render_jinja

if TYPE_CHECKING:
    from tests.helpers.ollama_contract import Contract

MAX_DISTANCE = 100
CREATED = 1795563416


def make_app(contract: "Contract") -> Starlette:
    """The server as an ASGI app."""
    api = Api(contract)
    return Starlette(
        routes=[
            Route("/", api.root),
            Route("/api/version", api.version),
            Route("/api/tags", api.tags),
            Route("/api/ps", api.ps),
            Route("/api/show", api.show, methods=["POST"]),
            Route("/api/blobs/{digest}", api.blob, methods=["HEAD", "POST"]),
            Route("/api/create", api.create, methods=["POST"]),
            Route("/api/copy", api.copy, methods=["POST"]),
            Route("/api/delete", api.delete, methods=["DELETE"]),
            Route("/api/pull", api.pull, methods=["POST"]),
            Route("/api/chat", api.chat, methods=["POST"]),
            Route("/api/generate", api.generate, methods=["POST"]),
            Route("/api/embed", api.embed, methods=["POST"]),
            Route("/v1/models", api.v1_models),
            Route("/v1/chat/completions", api.v1_chat, methods=["POST"]),
            Route("/v1/completions", api.v1_completions, methods=["POST"]),
        ]
    )


class Api:
    """The endpoints."""

    def __init__(self, contract: "Contract") -> None:
        self.it = contract

    async def _json(self, request: Request) -> dict[str, Any]:
        text = (await request.body()).decode("utf-8")
        try:
            data = json.loads(text)
        except json.JSONDecodeError as error:
            where = "object key string" if "property name" in error.msg else "value"
            character = text[error.pos : error.pos + 1]
            raise Refused(400, f"invalid character {character!r} looking for beginning of {where}") from None
        self.it.requests.append((request.method, request.url.path, data))
        return dict(data)

    async def root(self, request: Request) -> Response:
        return PlainTextResponse("Ollama is running")

    async def version(self, request: Request) -> Response:
        return json_of({"version": self.it.faults.version})

    async def tags(self, request: Request) -> Response:
        listed = sorted(self.it.models.items(), key=lambda pair: pair[1].modified, reverse=True)
        return json_of({"models": [tag_of(name, model) for name, model in listed]})

    async def ps(self, request: Request) -> Response:
        out = []
        for name, context in self.it.loaded.items():
            if name in self.it.models:
                tag = tag_of(name, self.it.models[name])
                details = {k: v for k, v in tag["details"].items() if k not in ("context_length", "embedding_length")}
                keep = {k: tag[k] for k in ("name", "model", "size", "digest")}
                more = {"details": details, "expires_at": now(), "size_vram": 0, "context_length": context}
                out.append(keep | more)
        return json_of({"models": out})

    async def show(self, request: Request) -> Response:
        try:
            body = await self._json(request)
            name = full(body["model"])
            model = self._find(name, f"model '{name}' not found")
        except Refused as refused:
            return refused.native()
        return json_of(show_of(self.it, name, model))

    async def blob(self, request: Request) -> Response:
        digest = request.path_params["digest"]
        if request.method == "HEAD":
            there = self.it.blob(digest).exists()
            return Response(status_code=200) if there else Response(status_code=404, media_type=JSON_TYPE)
        if not re.fullmatch(r"sha256:[0-9a-f]{64}", digest):
            await request.body()
            return Refused(400, "invalid digest format").native()
        data = await request.body()
        self.it.requests.append(("POST", request.url.path, len(data)))
        if self.it.faults.upload_disk_full:
            return Refused(500, f"write {self.it.blob(digest)}: no space left on device").native()
        found = f"sha256:{hashlib.sha256(data).hexdigest()}"
        if found != digest:
            return Refused(400, f'digest mismatch, expected "{digest}", got "{found}"').native()
        self.it.blob(digest).write_bytes(data)
        return Response(status_code=201)

    async def create(self, request: Request) -> Response:
        try:
            body = await self._json(request)
            name = body.get("model") or body.get("name") or ""
            files, adapters = body.get("files") or {}, body.get("adapters") or {}
            if not valid_name(name):
                raise Refused(400, "invalid model name")
            if any(path.startswith("/") for path in [*files, *adapters]):
                raise Refused(400, "file path must be relative")
            if not body.get("from") and not files:
                raise Refused(400, "neither 'from' or 'files' was specified", "application/json")
            if len(adapters) > 1:
                raise Refused(400, "only one adapter is currently supported", "application/json")
            if body.get("from"):
                self._find(full(body["from"]), f"model '{body['from']}' not found")
        except Refused as refused:
            return refused.native()
        lines = list(self._create(full(name), body))
        if not body.get("stream", True):
            last = lines[-1]
            return JSONResponse(last, status_code=400 if "error" in last else 200)
        return StreamingResponse(self._lines_of_create(lines), media_type="application/x-ndjson")

    async def _lines_of_create(self, lines: list[dict[str, str]]) -> AsyncIterator[bytes]:
        for line in lines:
            if line.get("status") == "success" and self.it.faults.create_without_success:
                return
            if line.get("status") == "writing manifest" and self.it.faults.create_dies:
                raise ConnectionResetError
            yield line_of(line)

    def _create(self, name: str, body: dict[str, Any]) -> Iterator[dict[str, str]]:
        """Status lines in Ollama's order; registers the model."""
        base = self.it.models[full(body["from"])] if body.get("from") else None
        model = base.copy() if base else Model()
        if base:
            model.parent = full(body["from"])
        try:
            for digest in (body.get("files") or {}).values():
                yield {"status": "parsing GGUF"}
                model.gguf = self._gguf(digest)
            for digest in (body.get("adapters") or {}).values():
                yield {"status": "parsing GGUF"}
                self._gguf(digest)
                model.adapter = digest
            if quantize := body.get("quantize"):
                if quantize.upper() not in ("F32", "F16", "Q4_K_S", "Q4_K_M", "Q8_0"):
                    kind = quantize.upper()
                    raise ValueError(
                        f"unsupported quantization type {kind} - supported types are F32, F16, Q4_K_S, Q4_K_M, Q8_0"
                    )
                model.quantization = quantize.upper()
        except ValueError as error:
            yield {"error": str(error)}
            return
        if not base:
            yield {"status": "verifying conversion"}
        yield self._layer(f"weights {model.gguf.digest} {model.quantization}")
        if model.adapter:
            yield self._layer(model.adapter, known=True)
        if "template" in body:
            model.template = body["template"]
        elif not base and (found := self._near(model.gguf.template)):
            yield {"status": f"using autodetected template {found.name}"}
            model.template, model.parameters = found.go, dict(found.parameters)
        model.parameters |= body.get("parameters") or {}
        if body.get("system"):
            model.system = body["system"]
            yield self._layer(model.system)
        if model.parameters:
            yield self._layer(json.dumps(model.parameters, sort_keys=True))
        yield {"status": "writing manifest"}
        model.modified = time.time()
        if not (self.it.faults.create_dies or self.it.faults.create_without_success):
            self.it.models[name] = model
        yield {"status": "success"}

    def _layer(self, content: str, *, known: bool = False) -> dict[str, str]:
        digest = content if known else f"sha256:{hashlib.sha256(content.encode()).hexdigest()}"
        word = "using existing" if known or digest in self.it.layers else "creating new"
        self.it.layers.add(digest)
        return {"status": f"{word} layer {digest}"}

    def _gguf(self, digest: str) -> GgufFacts:
        path = self.it.blob(digest)
        if not path.exists():
            raise ValueError(f"open {path}: no such file or directory")
        with path.open("rb") as file:
            magic = file.read(4)
        if magic != b"GGUF":
            raise ValueError("supplied file was not in GGUF format")
        return GgufFacts.read(path, digest)

    def _near(self, template: str) -> BuiltIn | None:
        if not template:
            return None
        distance, best = min(
            ((edit_distance(template, b.jinja, MAX_DISTANCE), i) for i, b in enumerate(BUILT_IN)), default=(0, 0)
        )
        return BUILT_IN[best] if distance < MAX_DISTANCE else None

    async def copy(self, request: Request) -> Response:
        try:
            body = await self._json(request)
            model = self._find(full(body["source"]), f'model "{body["source"]}" not found')
        except Refused as refused:
            return refused.native()
        self.it.models[full(body["destination"])] = model.copy()
        return Response(status_code=200)

    async def delete(self, request: Request) -> Response:
        try:
            body = await self._json(request)
            self._find(full(body["model"]), f"model '{body['model']}' not found")
        except Refused as refused:
            return refused.native()
        del self.it.models[full(body["model"])]
        return Response(status_code=200)

    async def pull(self, request: Request) -> Response:
        body = await self._json(request)
        name, _, tag = full(body["model"]).partition(":")
        address = f"https://registry.ollama.ai/v2/library/{name}/manifests/{tag}"
        error = f'pull model manifest: Get "{address}": dial tcp: lookup registry.ollama.ai: no such host'
        lines = b"".join(line_of(x) for x in ({"status": "pulling manifest"}, {"error": error}))
        return Response(lines, media_type="application/x-ndjson")

    async def embed(self, request: Request) -> Response:
        await self._json(request)
        return Refused(501, "This server does not support embeddings. Start it with `--embeddings`").native()

    async def chat(self, request: Request) -> Response:
        try:
            body = await self._json(request)
            name, model = self._asked(body)
            if body.get("tools"):
                raise Refused(400, f"registry.ollama.ai/library/{full(name)} does not support tools")
            if body.get("think"):
                raise Refused(400, f'"{name}" does not support thinking')
            if any(m.get("images") for m in body.get("messages") or []):
                words = "image input is not supported - hint: if this is unexpected, you may need to provide the mmproj"
                inner = {"error": {"code": 500, "message": words, "type": "server_error"}}
                raise Refused(500, json.dumps(inner, separators=(",", ":")))
            prompt = self._prompt(model, body.get("messages") or [])
            head = {"model": name, "created_at": now()}
            if body.get("_debug_render_only"):
                empty = {"message": {"role": "", "content": ""}, "done": False}
                return json_of(head | empty | {"_debug_info": {"rendered_template": prompt}})
            as_json = body.get("format") == "json"
            options = body.get("options") or {}
            answer = self._answer(name, model, prompt, body.get("messages") or [], options, as_json=as_json)
        except Refused as refused:
            return refused.native()
        if body.get("stream", True):
            return StreamingResponse(self._chat_lines(name, answer), media_type="application/x-ndjson")
        message = {"message": {"role": "assistant", "content": "".join(answer.pieces)}}
        return json_of(head | message | answer.ending())

    async def _chat_lines(self, name: str, answer: Answer) -> AsyncIterator[bytes]:
        async for piece in self._pieces(answer):
            head = {"model": name, "created_at": now()}
            if isinstance(piece, Refused):
                yield line_of({"error": piece.message})
                return
            yield line_of(head | {"message": {"role": "assistant", "content": piece}, "done": False})
        head = {"model": name, "created_at": now(), "message": {"role": "assistant", "content": ""}}
        yield line_of(head | answer.ending())

    async def _pieces(self, answer: Answer) -> AsyncIterator[str | Refused]:
        faults = self.it.faults
        try:
            await anyio.sleep(faults.first_piece_delay_s)
            for i, piece in enumerate(answer.pieces):
                if i == faults.chat_dies_after:
                    raise ConnectionResetError
                if i == faults.chat_error_after:
                    yield Refused(500, "an error was encountered while running the model")
                    return
                yield piece
                await anyio.sleep(faults.piece_delay_s)
        except BaseException as error:
            if not isinstance(error, ConnectionResetError):
                self.it.cut_off.set()
            raise

    async def generate(self, request: Request) -> Response:
        try:
            body = await self._json(request)
            name, model = self._asked(body)
        except Refused as refused:
            return refused.native()
        head = {"model": name, "created_at": now()}
        if not body.get("prompt"):
            unload = body.get("keep_alive") == 0
            if unload:
                self.it.loaded.pop(full(name), None)
            return json_of(head | {"response": "", "done": True, "done_reason": "unload" if unload else "load"})
        prompt = body["prompt"]
        messages = [{"role": "user", "content": prompt}]
        if not body.get("raw"):
            prompt = self._prompt(model, messages)
            if body.get("_debug_render_only"):
                return json_of(head | {"response": "", "done": False, "_debug_info": {"rendered_template": prompt}})
        answer = self._answer(name, model, prompt, messages, body.get("options") or {})
        return json_of(head | {"response": "".join(answer.pieces)} | answer.ending())

    async def v1_models(self, request: Request) -> Response:
        listed = sorted(self.it.models.items(), key=lambda pair: pair[1].modified, reverse=True)
        data = [{"id": n, "object": "model", "created": int(m.modified), "owned_by": "library"} for n, m in listed]
        return JSONResponse({"object": "list", "data": data or None})

    async def v1_chat(self, request: Request) -> Response:
        try:
            body = await self._json(request)
            if not body.get("messages"):
                raise Refused(400, "[] is too short - 'messages'", JSON_TYPE)
            name, model = self._asked(body)
            prompt = self._prompt(model, body["messages"])
            head = {"id": "chatcmpl-80", "object": "chat.completion", "created": CREATED, "model": name}
            head["system_fingerprint"] = "fp_ollama"
            if body.get("_debug_render_only"):
                return JSONResponse(head | v1_rendered(prompt))
            options = {k: body[k] for k in ("stop", "seed", "temperature") if k in body}
            if "max_tokens" in body:
                options["num_predict"] = body["max_tokens"]
            answer = self._answer(name, model, prompt, body["messages"], options)
        except Refused as refused:
            return refused.v1()
        if body.get("stream"):
            usage = bool((body.get("stream_options") or {}).get("include_usage"))
            return StreamingResponse(self._v1_events(head, answer, usage=usage), media_type="text/event-stream")
        message = {"role": "assistant", "content": "".join(answer.pieces)}
        choices = [{"index": 0, "message": message, "finish_reason": answer.done_reason}]
        return JSONResponse(head | {"choices": choices, "usage": answer.v1_usage()})

    async def _v1_events(self, head: dict[str, Any], answer: Answer, *, usage: bool) -> AsyncIterator[bytes]:
        head = head | {"object": "chat.completion.chunk"}

        def event(delta: dict[str, Any], finish: str | None) -> bytes:
            return event_of(head | {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})

        first = True
        async for piece in self._pieces(answer):
            if isinstance(piece, Refused):
                return  # /v1 hides errors in mid-stream
            yield event(({"role": "assistant"} if first else {}) | {"content": piece}, None)
            first = False
        yield event({}, answer.done_reason)
        if usage:
            yield event_of(head | {"choices": [], "usage": answer.v1_usage()})
        yield b"data: [DONE]\n\n"

    async def v1_completions(self, request: Request) -> Response:
        try:
            body = await self._json(request)
            name, model = self._asked(body)
            messages = [{"role": "user", "content": body["prompt"]}]
            options = {"num_predict": body.get("max_tokens", -1)}
            answer = self._answer(name, model, self._prompt(model, messages), messages, options)
        except Refused as refused:
            return refused.v1()
        head = {"id": "cmpl-345", "object": "text_completion", "created": CREATED, "model": name}
        head["system_fingerprint"] = "fp_ollama"
        choices = [{"text": "".join(answer.pieces), "index": 0, "finish_reason": answer.done_reason}]
        return JSONResponse(head | {"choices": choices, "usage": answer.v1_usage()})

    def _asked(self, body: dict[str, Any]) -> tuple[str, Model]:
        if self.it.faults.busy:
            raise Refused(503, "server busy, please try again.  maximum pending requests exceeded")
        name = body.get("model", "")
        return name, self._find(full(name), f"model '{name}' not found")

    def _find(self, name: str, otherwise: str) -> Model:
        if name not in self.it.models:
            raise Refused(404, otherwise)
        return self.it.models[name]

    def _prompt(self, model: Model, messages: list[dict[str, Any]]) -> str:
        if model.system and not any(m["role"] == "system" for m in messages):
            messages = [{"role": "system", "content": model.system}, *messages]
        if model.template is not None:
            built_in = next((b for b in BUILT_IN if b.go == model.template), None)
            prompt = built_in.render(messages) if built_in else "".join(m["content"] for m in messages)
        elif model.gguf.template:
            prompt = render_jinja(model.gguf.template, messages)
        else:
            prompt = "".join(m["content"] for m in messages)
        changed = self.it.faults.render_differently
        return changed(prompt) if changed else prompt

    def _answer(
        self,
        name: str,
        model: Model,
        prompt: str,
        messages: list[dict[str, Any]],
        options: dict[str, Any],
        *,
        as_json: bool = False,
    ) -> Answer:
        merged = model.parameters | options
        context = int(merged.get("num_ctx", 4096))
        self.it.loaded[full(name)] = context
        tokens = len(re.findall(r"\s*\w+|\s*\W", prompt))
        if tokens > context:
            words = (
                f"request ({tokens} tokens) exceeds the available context size ({context} tokens), try increasing it"
            )
            error = {"code": 400, "message": words, "type": "exceed_context_size_error"}
            inner = {"error": error | {"n_prompt_tokens": tokens, "n_ctx": context}}
            raise Refused(400, json.dumps(inner, separators=(",", ":")))
        text, reason = self.it.answer(prompt, messages), "stop"
        if as_json:
            text = json.dumps({"answer": text}, indent=2)
        stops = merged.get("stop") or []
        for stop in [stops] if isinstance(stops, str) else stops:
            text = text.split(stop)[0]
        pieces = re.findall(r"\s*\w+|\s*\W|\s+", text)
        limit = int(merged.get("num_predict", -1))
        if 0 <= limit < len(pieces):
            pieces, reason = pieces[:limit], "length"
        return Answer(pieces, reason, tokens)
