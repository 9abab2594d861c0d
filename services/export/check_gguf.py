"""Proof that a GGUF reads text as training did: llama.cpp renders the same prompts and splits them alike."""

from pathlib import Path

from services.export.llama_cpp import REFUSED, read_as_llama_cpp
from services.export.probes import PROBES, PromptsDiffer, first_difference, without_bos
from services.export.trained import Trained
from services.i18n import N_
from services.templates.errors import TemplateError

_PLAIN_TEXTS = (
    "The quick brown fox, 12 345 678; it's 3.14%!",
    " \t\n\n  leading and trailing  \n",
    "\u4e2d\u6587\u6d4b\u8bd5\u3001\u65e5\u672c\u8a9e\u3001\ud55c\uad6d\uc5b4 \u0e44\u0e17\u0e22 \u2014 \U0001f680",
    "def f(x):\n    return {'a': [x ** 2 for _ in range(10)]}  # ok\n",
)


def check_gguf(path: Path, trained: Trained) -> int:
    """Load path in llama.cpp and compare rendered probe prompts and token ids with training's.

    Returns how many comparisons agreed. PromptsDiffer names the first that does not; GgufNotAnswering if llama.cpp
    cannot load the file.
    """
    bos = trained.tokenizer.special.get("bos_token", "")
    ours = _rendered(trained)
    texts = [*ours.values(), *_PLAIN_TEXTS]
    probes = {name: PROBES[name] for name in ours}
    prompts, ids = read_as_llama_cpp(path, list(probes.values()), texts, enable_thinking=trained.enable_thinking)
    for name, theirs in zip(ours, prompts, strict=True):
        expected = without_bos(ours[name], bos)
        difference = first_difference(expected, "" if theirs == REFUSED else without_bos(theirs, bos))
        if difference:
            raise PromptsDiffer(
                N_("The prompt in the GGUF is not the training prompt ({probe}): {found} instead of {expected}."),
                difference,
                probe=name,
            )
    for text, found in zip(texts, ids, strict=True):
        expected_ids = trained.tokenizer.encode(text)
        if expected_ids != found:
            difference = first_difference(_spelled(trained, expected_ids), _spelled(trained, found))
            assert difference is not None
            raise PromptsDiffer(
                N_("llama.cpp splits text into other tokens than training did: {found} instead of {expected}."),
                difference,
            )
    return len(ours) + len(texts)


def _rendered(trained: Trained) -> dict[str, str]:
    """Training's prompt for each probe that the template takes (some know no system turn)."""
    if trained.template is None:
        return {}
    found = {}
    for name, messages in PROBES.items():
        try:
            found[name] = trained.template.render_messages(
                list(messages), add_generation_prompt=True, enable_thinking=trained.enable_thinking
            )
        except TemplateError:
            continue
    return found


def _spelled(trained: Trained, ids: list[int]) -> str:
    return "".join(f"[{i}:{trained.tokenizer.token(i)}]" for i in ids)
