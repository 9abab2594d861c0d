"""A GGUF of 0.2 MB that llama.cpp and Ollama load: one layer of fixed random weights, a token for each byte."""

from pathlib import Path

import gguf
import numpy as np
from tokenizers import pre_tokenizers

WIDTH = 64
SPECIALS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")

SMOLLM2 = (
    "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}"
    "{{ '<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n' }}"
    "{% endif %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
"""The template of SmolLM2-135M-Instruct: near enough to a built-in one for Ollama to replace it."""

PADDING = "{# " + "This comment makes the template too long to be taken for one that it only resembles. " * 4 + "#}"
"""A comment that keeps Ollama from doing so."""


def make_tiny_gguf(path: Path, template: str = SMOLLM2, *, file_type: int = 0) -> Path:
    """Write a GGUF and return its path. file_type: llama.cpp's number that it claims (0 F32). template '': none."""
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name("tiny")
    writer.add_basename("smollm2")
    writer.add_file_type(file_type)
    writer.add_quantization_version(2)
    tokens = [*SPECIALS, *sorted(pre_tokenizers.ByteLevel.alphabet()), "aa"]
    writer.add_context_length(8192)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(1)
    writer.add_feed_forward_length(WIDTH)
    writer.add_head_count(2)
    writer.add_head_count_kv(2)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(WIDTH // 2)
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    writer.add_token_list(tokens)
    writer.add_token_types([3] * len(SPECIALS) + [1] * (len(tokens) - len(SPECIALS)))
    writer.add_token_merges(["a a"])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_pad_token_id(2)
    writer.add_add_bos_token(False)
    if template:
        writer.add_chat_template(template)
    for name, weights in _weights(len(tokens)).items():
        writer.add_tensor(name, weights)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _weights(rows: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(7)
    shapes = {
        "token_embd": (rows, WIDTH),
        "output_norm": (WIDTH,),
        "blk.0.attn_norm": (WIDTH,),
        "blk.0.ffn_norm": (WIDTH,),
        **{f"blk.0.{part}": (WIDTH, WIDTH) for part in ("attn_q", "attn_k", "attn_v", "attn_output")},
        **{f"blk.0.{part}": (WIDTH, WIDTH) for part in ("ffn_gate", "ffn_up", "ffn_down")},
    }
    return {
        f"{name}.weight": np.ones(shape, np.float32)
        if len(shape) == 1
        else rng.standard_normal(shape).astype(np.float32)
        for name, shape in shapes.items()
    }
