"""What clients send, and the form of what they get: OpenAI's."""

import time
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.responses import JSONResponse

from services.engine.server_generate import Outcome, Sampling


class ApiError(Exception):
    """An HTTP error in OpenAI's form. code: a stable word, where there is one. param: the field that is wrong."""

    def __init__(self, status: int, message: str, *, code: str | None = None, param: str | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.code, self.param = status, message, code, param

    @property
    def body(self) -> dict[str, Any]:
        """The `error` object."""
        kinds = {401: "authentication_error", 403: "permission_error", 404: "not_found_error"}
        kind = kinds.get(self.status, "invalid_request_error" if self.status < 500 else "server_error")
        return {"error": {"message": self.message, "type": kind, "param": self.param, "code": self.code}}

    def response(self) -> JSONResponse:
        """As an HTTP response."""
        return JSONResponse(self.body, status_code=self.status)


class StreamOptions(BaseModel):
    """Options of a stream."""

    include_usage: bool = False


class Asked(BaseModel):
    """What both endpoints take. Unknown fields are passed over, as other servers do."""

    model_config = ConfigDict(extra="ignore")

    model: str
    stream: bool = False
    stream_options: StreamOptions | None = None
    max_tokens: Annotated[int, Field(ge=1)] | None = None
    temperature: Annotated[float, Field(ge=0, le=100)] | None = None
    top_p: Annotated[float, Field(gt=0, le=1)] | None = None
    top_k: Annotated[int, Field(ge=0)] | None = None
    seed: Annotated[int, Field(ge=-(2**63), lt=2**63)] | None = None
    stop: str | list[str] | None = None
    n: Literal[1] | None = None

    def sampling(self) -> Sampling:
        """How to choose tokens."""
        stop = (self.stop,) if isinstance(self.stop, str) else tuple(self.stop or ())
        return Sampling(self.temperature, self.top_p, self.top_k, self.limit(), self.seed, stop)

    def limit(self) -> int:
        """Tokens of the answer at most; 0: up to the end of the context."""
        return self.max_tokens or 0

    @property
    def wants_usage(self) -> bool:
        """Whether a stream ends with the counts."""
        return self.stream_options is not None and self.stream_options.include_usage


class Message(BaseModel):
    """One message. content: text, or a list of text parts."""

    model_config = ConfigDict(extra="allow")

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[dict[str, Any]] | None = None


class ChatAsked(Asked):
    """The body of /v1/chat/completions."""

    messages: Annotated[list[Message], Field(min_length=1)]
    tools: list[dict[str, Any]] | None = None
    max_completion_tokens: Annotated[int, Field(ge=1)] | None = None
    reasoning_effort: str | None = None

    def limit(self) -> int:
        """Tokens of the answer at most; 0: up to the end of the context."""
        return self.max_completion_tokens or self.max_tokens or 0


class TextAsked(Asked):
    """The body of /v1/completions. prompt: one text."""

    prompt: str


def parse(kind: type[Asked], body: bytes) -> Any:
    """A body as kind. ApiError 400 that names the field."""
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        message = f"{where}: {first['msg']}" if where else first["msg"]
        raise ApiError(400, message, param=where or None) from error


class Form:
    """The envelopes of one answer. chat: of /v1/chat/completions, else of /v1/completions."""

    def __init__(self, answer_id: str, model: str, *, chat: bool) -> None:
        self._chat = chat
        kind = "chat.completion" if chat else "text_completion"
        self._head = {"id": answer_id, "object": kind, "created": int(time.time()), "model": model}

    def whole(self, text: str, outcome: Outcome) -> dict[str, Any]:
        """The answer in one object."""
        said: dict[str, Any] = {"message": {"role": "assistant", "content": text}} if self._chat else {"text": text}
        choice = {"index": 0, **said, "logprobs": None, "finish_reason": outcome.reason}
        return {**self._head, "choices": [choice], "usage": usage(outcome)}

    def piece(self, text: str, *, first: bool) -> dict[str, Any]:
        """One piece of a stream."""
        if not self._chat:
            return self._chunk({"text": text}, None)
        return self._chunk({"delta": ({"role": "assistant"} if first else {}) | {"content": text}}, None)

    def last(self, reason: str) -> dict[str, Any]:
        """The piece that says why the answer ended."""
        return self._chunk({"delta": {}} if self._chat else {"text": ""}, reason)

    def counts(self, outcome: Outcome) -> dict[str, Any]:
        """The piece with the counts."""
        return {**self._chunk({}, None), "choices": [], "usage": usage(outcome)}

    def _chunk(self, said: dict[str, Any], reason: str | None) -> dict[str, Any]:
        kind = "chat.completion.chunk" if self._chat else "text_completion"
        return {**self._head, "object": kind, "choices": [{"index": 0, **said, "finish_reason": reason}]}


def usage(outcome: Outcome) -> dict[str, int]:
    """Counts in OpenAI's words."""
    return {
        "prompt_tokens": outcome.prompt_tokens,
        "completion_tokens": outcome.completion_tokens,
        "total_tokens": outcome.prompt_tokens + outcome.completion_tokens,
    }
