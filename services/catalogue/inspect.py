"""Reads a model folder: what it is, and in sentences what is wrong with it. No weight is loaded, no code is run."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from services.catalogue.entry import ModelEntry
from services.catalogue.weights import Weights, read_weights
from services.datasets.conversation import Problem
from services.i18n import N_

_PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl")
_CONTEXT_KEYS = ("max_position_embeddings", "n_positions", "max_sequence_length", "seq_length", "n_ctx")
_NAMED = 4  # tokens named in a sentence


def inspect_model(path: Path, model_id: str = "", *, downloaded: bool = False) -> ModelEntry:
    """A ModelEntry of any folder, with its problems; never raises for what is in it."""
    if not path.is_dir():
        gone = Problem("missing", N_("{folder} is gone."), N_("Plug the drive in, or forget the folder."), _at(path))
        return ModelEntry(model_id or path.name, path.name, path, downloaded=downloaded, problems=(gone,))
    config = _json(path / "config.json") or {}
    text = config["text_config"] if isinstance(config.get("text_config"), dict) else {}
    weights = read_weights(path)
    tokens = _tokens(path / "tokenizer.json")
    architectures = config.get("architectures")
    return ModelEntry(
        id=model_id or path.name,
        name=(model_id or path.name).rsplit("/", 1)[-1],
        path=path,
        size_bytes=sum(p.stat().st_size for p in path.rglob("*") if p.is_file()),
        parameters=weights.parameters if weights else 0,
        dtype=weights.dtype if weights else "",
        context_len=next((int(c[k]) for c in (config, text) for k in _CONTEXT_KEYS if isinstance(c.get(k), int)), 0),
        architecture=str(architectures[0]) if isinstance(architectures, list) and architectures else "",
        vocabulary=max(tokens.values(), default=-1) + 1,
        has_template=_has_template(path),
        downloaded=downloaded,
        problems=tuple(_problems(path, config, weights, tokens)),
    )


def is_model_folder(path: Path) -> bool:
    """Whether a folder looks like a model: it has a config.json or weights of any kind."""
    return (path / "config.json").is_file() or any(path.glob("*.safetensors")) or any(path.glob("*.bin"))


def tokens_without_rows(folder: Path) -> list[str]:
    """Tokens whose id the model has no embedding row for, in the order of their ids; empty if all have one."""
    weights = read_weights(folder)
    rows = (weights.embedding_rows if weights else 0) or int((_json(folder / "config.json") or {}).get("vocab_size", 0))
    return _rowless(_tokens(folder / "tokenizer.json"), rows)


def _rowless(tokens: dict[str, int], rows: int) -> list[str]:
    return [token for token, n in sorted(tokens.items(), key=lambda item: item[1]) if rows and n >= rows]


def _problems(path: Path, config: dict[str, Any], weights: Weights | None, tokens: dict[str, int]) -> Iterator[Problem]:
    if not config:
        yield Problem(
            "no-config",
            N_("{folder} has no readable config.json, so it is not a model folder."),
            N_("Choose the folder that holds config.json and the .safetensors files."),
            _at(path),
        )
    yield from _weight_problems(path, weights)
    if not tokens:
        yield Problem(
            "no-tokenizer",
            N_("{folder} has no readable tokenizer.json."),
            N_("Copy tokenizer.json and tokenizer_config.json from the place where the model came from."),
            _at(path),
        )
    rows = (weights.embedding_rows if weights else 0) or int(config.get("vocab_size") or 0)
    if rowless := _rowless(tokens, rows):
        names = ", ".join(rowless[:_NAMED]) + (", ..." if len(rowless) > _NAMED else "")
        yield Problem(
            "tokens-without-rows",
            N_("Tokens without a row in the model: {n} ({tokens})"),
            N_("Turn on resize_vocab when training: it enlarges the model to {rows} rows."),
            {"n": len(rowless), "tokens": names, "rows": max(tokens.values()) + 1},
            blocks=False,
        )
    if config.get("auto_map"):
        yield Problem(
            "own-code",
            N_("This model brings Python code of its own, which Tunesmith does not run."),
            N_("It works if its architecture ({architecture}) is known without that code."),
            {"architecture": str((config.get("architectures") or ["?"])[0])},
            blocks=False,
        )


def _weight_problems(path: Path, weights: Weights | None) -> Iterator[Problem]:
    if weights is None:
        if any(any(path.glob(pattern)) for pattern in _PICKLES):
            yield Problem(
                "pickle-weights",
                N_("The weights in {folder} are pickle files, which can run code when opened, so they are not read."),
                N_("Get the model's safetensors version; nearly every model has one."),
                _at(path),
            )
        elif any(path.glob("*.gguf")):
            yield Problem(
                "gguf-only",
                N_("{folder} holds GGUF files, which can be chatted with but not trained."),
                N_("Get the model's safetensors version to train it."),
                _at(path),
            )
        else:
            yield Problem(
                "no-weights",
                N_("{folder} has no weights: there is no .safetensors file in it."),
                N_("Download the model again, or choose another folder."),
                _at(path),
            )
        return
    for name, reason in weights.broken.items():
        yield Problem(
            "broken-weights",
            N_("{file} cannot be read: {reason}."),
            N_("Download the model again."),
            {"file": str(path / name), "reason": reason},
        )
    if weights.missing:
        yield Problem(
            "missing-weights",
            N_("{n} of the weight files are missing, the first is {file}."),
            N_("Download the model again."),
            {"n": len(weights.missing), "file": weights.missing[0]},
        )


def _tokens(path: Path) -> dict[str, int]:
    """Token -> id of a tokenizer.json, the added ones included; empty if it cannot be read."""
    data = _json(path) or {}
    model = data.get("model")
    vocabulary = model.get("vocab") if isinstance(model, dict) else None
    tokens: dict[str, int] = {}
    if isinstance(vocabulary, dict):  # BPE, WordPiece
        tokens = {str(token): n for token, n in vocabulary.items() if isinstance(n, int)}
    elif isinstance(vocabulary, list):  # Unigram: [token, score] in the order of the ids
        tokens = {str(pair[0]): n for n, pair in enumerate(vocabulary) if isinstance(pair, list) and pair}
    for added in data.get("added_tokens") or []:
        if isinstance(added, dict) and isinstance(added.get("id"), int):
            tokens[str(added.get("content"))] = added["id"]
    return tokens


def _has_template(path: Path) -> bool:
    if (path / "chat_template.jinja").is_file() or (path / "chat_template.json").is_file():
        return True
    return bool((_json(path / "tokenizer_config.json") or {}).get("chat_template"))


def _json(path: Path) -> dict[str, Any] | None:
    try:
        data = orjson.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return data if isinstance(data, dict) else None


def _at(path: Path) -> dict[str, Any]:
    return {"folder": str(path)}
