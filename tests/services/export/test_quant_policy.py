"""Which type a tensor gets: llama.cpp's recorded choices, and its rules where nothing was recorded."""

import pytest
from gguf.constants import GGML_QUANT_SIZES
from hypothesis import given
from hypothesis import strategies as st

from services.export.quant_policy import (
    FLOATS,
    QUANTS,
    ModelFacts,
    Type,
    Weight,
    choose_types,
    in_file_order,
    may_quantise,
    more_bits,
    planned_bytes,
    role_of,
)
from tests.helpers.quant_models import FACTS, recorded, recorded_quants, shapes_of, weights_of

RECORDED = [(model, quant) for model in recorded() for quant in recorded_quants(model)]


@pytest.mark.parametrize(("model", "quant"), RECORDED)
def test_every_recorded_choice_is_made(model, quant):
    gold = recorded()[model][quant]
    types = choose_types(shapes_of(model), QUANTS[quant.lower()], FACTS[model])
    assert {name: kind.name for name, kind in types.items()} == {n: kind for n, (kind, _) in gold["tensors"].items()}
    assert [w.name for w in in_file_order(shapes_of(model))] == list(gold["tensors"])
    assert QUANTS[quant.lower()].file_type == gold["file_type"]
    header = {"gqa4": 1_776_352, "smollm2": 1_786_016}[model]  # metadata of the recorded file, the same for each quant
    assert planned_bytes(shapes_of(model), types) + header == gold["bytes"]


def choose(quant, facts, names=None, hidden=4096, ffn=14336):
    """Types of a whole model of facts.layers layers, or of the named tensors of it."""
    kv_rows = hidden // facts.heads * facts.kv_heads if facts.heads else hidden
    shapes = weights_of(hidden, ffn, facts.layers, kv_rows)
    shapes.append(Weight("output.weight", (32000, hidden), Type.F16))
    types = choose_types(shapes, QUANTS[quant], facts)
    return types if names is None else [types[n].name for n in names]


def test_a_70b_gives_its_small_attn_v_more_bits():
    seventy = ModelFacts("llama", 80, 64, 8)
    values = choose("q4_k_m", seventy, [f"blk.{i}.attn_v.weight" for i in range(80)])
    assert set(values) == {"Q6_K", "Q5_K"}  # Q4_K, where it would be, becomes Q5_K
    sixty_five = ModelFacts("llama", 80, 64, 64)
    assert "Q4_K" in choose("q4_k_m", sixty_five, [f"blk.{i}.attn_v.weight" for i in range(80)])
    assert choose("q3_k_s", ModelFacts("qwen2", 80, 64, 8), ["blk.40.attn_v.weight"]) == ["Q5_K"]


def test_eight_experts_keep_keys_and_values_in_eight_bits():
    mixtral = ModelFacts("llama", 32, 32, 8, experts=8)
    names = ["blk.5.attn_k.weight", "blk.5.attn_v.weight", "blk.5.attn_output.weight", "blk.5.attn_q.weight"]
    assert choose("q4_k_m", mixtral, names) == ["Q8_0", "Q8_0", "Q5_K", "Q4_K"]


def test_with_experts_the_layer_is_read_from_the_name():
    facts = ModelFacts("qwen3moe", 16, 32, 4, experts=128)
    shapes = [Weight(f"blk.{i}.ffn_down_exps.weight", (128, 2048, 768), Type.F16) for i in (0, 1, 7, 14)]
    types = choose_types(shapes, QUANTS["q4_k_m"], facts)
    by_layer = {i: more_bits(i, 16) for i in (0, 1, 7, 14)}
    assert {i: types[f"blk.{i}.ffn_down_exps.weight"] is Type.Q6_K for i in by_layer} == by_layer
    router = Weight("blk.0.ffn_gate_inp.weight", (128, 2048), Type.F32)
    assert choose_types([router], QUANTS["q4_k_m"], facts) == {router.name: Type.F32}


def test_falcon_has_rules_of_its_own():
    falcon = ModelFacts("falcon", 32, 71, 1)
    shapes = [Weight(f"blk.{i}.ffn_down.weight", (4608, 4608 * 4), Type.F16) for i in range(32)]
    shapes.append(Weight("output.weight", (65024, 4608), Type.F16))
    types = choose_types(shapes, QUANTS["q4_k_m"], falcon)
    assert types["output.weight"] is Type.Q8_0
    assert [types[f"blk.{i}.ffn_down.weight"].name for i in (0, 1, 2, 3, 4, 6, 7)] == [
        "Q6_K",
        "Q6_K",
        "Q5_K",
        "Q5_K",
        "Q4_K",
        "Q5_K",
        "Q4_K",
    ]


def test_untied_embeddings_take_the_base_type_and_the_head_more():
    facts = ModelFacts("llama", 16, 32, 8)
    assert choose("q4_k_m", facts, ["token_embd.weight", "output.weight"]) == ["Q4_K", "Q6_K"]
    assert choose("q8_0", facts, ["token_embd.weight", "output.weight"]) == ["Q8_0", "Q8_0"]


@pytest.mark.parametrize(
    ("quant", "names", "wanted"),
    [
        ("q2_k", ["attn_v", "ffn_down", "attn_output", "attn_q"], ["Q4_K", "Q3_K", "Q3_K", "Q2_K"]),
        ("q3_k_l", ["attn_v", "ffn_down", "attn_output", "ffn_up"], ["Q5_K", "Q5_K", "Q5_K", "Q3_K"]),
        ("q3_k_s", ["attn_v", "ffn_down", "attn_output"], ["Q3_K", "Q3_K", "Q3_K"]),
        ("iq4_xs", ["attn_v", "ffn_down", "ffn_gate"], ["Q5_K", "Q5_K", "IQ4_XS"]),
        ("q5_k_s", ["attn_v", "ffn_down"], ["Q5_K", "Q5_K"]),
        ("q4_k_s", ["attn_v", "ffn_down", "attn_k"], ["Q5_K", "Q5_K", "Q4_K"]),
        ("q4_0", ["attn_v", "ffn_down"], ["Q4_0", "Q4_0"]),
    ],
)
def test_first_layer_of_a_grouped_query_model(quant, names, wanted):
    facts = ModelFacts("llama", 32, 32, 8)
    assert choose(quant, facts, [f"blk.0.{name}.weight" for name in names]) == wanted


def test_rows_that_no_block_fits_fall_back():
    def only(columns, quant):
        weight = Weight("blk.0.ffn_up.weight", (8, columns), Type.F16)
        return choose_types([weight], QUANTS[quant], ModelFacts("llama", 1))[weight.name].name

    wanted = {"q2_k": "Q4_0", "q3_k_s": "Q4_0", "q4_k_s": "Q5_0", "q5_k_s": "Q5_1", "q6_k": "Q8_0", "iq4_xs": "IQ4_NL"}
    assert {quant: only(576, quant) for quant in wanted} == wanted
    assert {only(250, quant) for quant in wanted} == {"F16"}
    assert only(250, "q8_0") == "F16"


def test_what_is_never_quantised():
    kept = ["blk.0.attn_norm.weight", "blk.0.ssm_conv1d.weight", "blk.0.attn_q.bias", "position_embd.weight", "rope"]
    assert not any(may_quantise(Weight(name, (8, 256), Type.F32)) for name in kept)
    assert not may_quantise(Weight("blk.0.ffn_up.weight", (256,), Type.F32))
    assert not may_quantise(Weight("blk.0.ffn_up.weight", (1, 256), Type.F32))
    assert may_quantise(Weight("blk.0.ffn_up_exps.weight", (4, 8, 256), Type.F32))


def test_facts_are_read_from_the_keys_of_a_file():
    keys = {
        "general.architecture": "gemma3",
        "gemma3.block_count": 26,
        "gemma3.attention.head_count": [4, 4],
        "gemma3.attention.head_count_kv": [1, 1],
    }
    facts = ModelFacts.of(keys)
    assert facts == ModelFacts("gemma3", 26, 4, 1)
    assert facts.heads_per_kv_head == 4
    assert ModelFacts.of({"general.architecture": "mamba"}).heads_per_kv_head == 0
    assert ModelFacts.of({"general.architecture": "x", "x.attention.head_count": 8}).kv_heads == 8


NAMES = st.sampled_from(
    ["attn_q", "attn_k", "attn_v", "attn_qkv", "attn_output", "ffn_up", "ffn_gate", "ffn_down", "ffn_down_exps", "odd"]
)


@given(
    st.sampled_from(sorted(QUANTS)),
    st.integers(1, 40),
    st.lists(st.tuples(NAMES, st.integers(1, 40).map(lambda n: n * 8)), min_size=1, max_size=12),
    st.sampled_from([0, 8, 64]),
    st.sampled_from(["llama", "falcon", "qwen2"]),
)
def test_whatever_the_model_every_type_fits_its_rows(quant, layers, tensors, experts, arch):
    weights = {
        name: Weight(name, (4, columns), Type.F16)
        for name, columns in ((f"blk.{i % layers}.{role}.weight", c) for i, (role, c) in enumerate(tensors))
    }
    types = choose_types(list(weights.values()), QUANTS[quant], ModelFacts(arch, layers, 8, 2, experts))
    assert types.keys() == weights.keys()
    for name, kind in types.items():
        assert weights[name].columns % GGML_QUANT_SIZES[kind][0] == 0
        assert (kind in FLOATS) or QUANTS[quant].base not in FLOATS
    again = choose_types(list(weights.values())[::-1], QUANTS[quant], ModelFacts(arch, layers, 8, 2, experts))
    assert again == types  # the order in which they are given does not matter


def test_roles_by_name():
    assert role_of("output.weight") == "output"
    assert role_of("per_layer_token_embd.weight") == "embedding"
    assert role_of("blk.3.attn_qkv.weight") == "qkv"
    assert role_of("blk.3.ffn_gate_exps.weight") == "gate"
    assert role_of("output_norm.weight") == "other"
