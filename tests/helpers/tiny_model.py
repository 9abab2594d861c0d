"""A tiny Llama with random but fixed weights, made in well under a second and without torch.

Two tokenizers: "bytes" (259 tokens, ChatML, a 0.4 MB model: for tests that only need something that trains) and
"sample" (the sample model's own, 49,152 tokens, a 25 MB model: for cases whose right values count tokens).
"""

import json
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file
from tokenizers import AddedToken, Tokenizer, decoders, pre_tokenizers
from tokenizers.models import BPE

from services.resources import resource

HIDDEN, MIDDLE, LAYERS, HEADS, KV_HEADS = 64, 128, 2, 4, 2
SPECIALS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
CHATML = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' "
    "+ '\\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)


def make_tiny_model(
    out: Path,
    *,
    tokenizer: str = "bytes",
    tied: bool = False,
    rows: int = 0,
    add_tokens: tuple[str, ...] = (),
    template: str = "",
    seed: int = 20240301,
) -> Path:
    """Write a model folder and return it; the same arguments always give the same bytes.

    rows: embedding rows, by default as many as the tokenizer has tokens before add_tokens, which get none.
    template: replaces the chat template.
    """
    out.mkdir(parents=True, exist_ok=True)
    made, config, own_template = _bytes_tokenizer() if tokenizer == "bytes" else _sample_tokenizer()
    vocabulary = rows or made.get_vocab_size(with_added_tokens=True)
    made.add_special_tokens([AddedToken(t, special=True, normalized=False) for t in add_tokens])
    made.save(str(out / "tokenizer.json"), pretty=False)
    _write_json(out / "tokenizer_config.json", config)
    (out / "chat_template.jinja").write_text(template or own_template, encoding="utf-8", newline="\n")
    save_file(_weights(vocabulary, tied, seed), out / "model.safetensors", metadata={"format": "pt"})
    _write_json(out / "config.json", _config(vocabulary, tied))
    return out


def _bytes_tokenizer() -> tuple[Tokenizer, dict[str, object], str]:
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    words = [*SPECIALS, *alphabet]
    made = Tokenizer(BPE(vocab={word: i for i, word in enumerate(words)}, merges=[]))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    made.decoder = decoders.ByteLevel()
    made.add_special_tokens([AddedToken(t, special=True, normalized=False) for t in SPECIALS])
    config: dict[str, object] = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": SPECIALS[1],
        "eos_token": SPECIALS[2],
        "pad_token": SPECIALS[2],
        "model_max_length": 2048,
        "clean_up_tokenization_spaces": False,
    }
    return made, config, CHATML


def _sample_tokenizer() -> tuple[Tokenizer, dict[str, object], str]:
    folder = resource("sample", "tokenizer")
    config = json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8"))
    template = (folder / "chat_template.jinja").read_text(encoding="utf-8")
    return Tokenizer.from_file(str(folder / "tokenizer.json")), config, template


def _weights(rows: int, tied: bool, seed: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)

    def draw(*shape: int, scale: float = 0.08) -> np.ndarray:
        return (rng.standard_normal(shape) * scale).astype(np.float32)

    kv = KV_HEADS * HIDDEN // HEADS
    weights = {"model.embed_tokens.weight": draw(rows, HIDDEN, scale=0.5)}
    for layer in range(LAYERS):
        at = f"model.layers.{layer}."
        for name, shape in (
            ("self_attn.q_proj", (HIDDEN, HIDDEN)),
            ("self_attn.k_proj", (kv, HIDDEN)),
            ("self_attn.v_proj", (kv, HIDDEN)),
            ("self_attn.o_proj", (HIDDEN, HIDDEN)),
            ("mlp.gate_proj", (MIDDLE, HIDDEN)),
            ("mlp.up_proj", (MIDDLE, HIDDEN)),
            ("mlp.down_proj", (HIDDEN, MIDDLE)),
        ):
            weights[f"{at}{name}.weight"] = draw(*shape)
        for name in ("input_layernorm", "post_attention_layernorm"):
            weights[f"{at}{name}.weight"] = np.ones(HIDDEN, np.float32)
    weights["model.norm.weight"] = np.ones(HIDDEN, np.float32)
    if not tied:
        weights["lm_head.weight"] = draw(rows, HIDDEN, scale=0.3)
    return weights


def _config(rows: int, tied: bool) -> dict[str, object]:
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "hidden_size": HIDDEN,
        "intermediate_size": MIDDLE,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": HEADS,
        "num_key_value_heads": KV_HEADS,
        "vocab_size": rows,
        "max_position_embeddings": 2048,
        "rms_norm_eps": 1e-5,
        "rope_theta": 10000.0,
        "hidden_act": "silu",
        "tie_word_embeddings": tied,
        "bos_token_id": 1,
        "eos_token_id": 2,
        "pad_token_id": 2,
        "dtype": "float32",
    }


def _write_json(path: Path, data: object) -> None:
    path.write_text(json.dumps(data, indent=1), encoding="utf-8", newline="\n")
