"""What the token view draws of a row: runs of tokens, folded where they are long. Plain objects, made in any thread."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.templates.view import TokenPiece

FOLD_OVER = 160
"""Tokens of one stretch; a longer one shows its beginning and its end."""
_KEEP = 60
_TIP_BYTES = 32
_MOST = 1500  # items laid out of one sequence; the middle of more is folded too


@dataclass(frozen=True, slots=True)
class TokenItem:
    """One thing that is laid out. look: 'trained', 'read', 'cut', 'pill', 'pill-trained', 'fold', 'break' or 'rule'
    (where cutoff_len cuts first). hidden: tokens behind a fold. ids: of the tokens that it stands for (several for a
    character of several tokens). whole: their text where this is a part of it."""

    text: str
    look: str
    hidden: int = 0
    ids: tuple[int, ...] = ()
    whole: str = ""

    def tip(self) -> str:
        """Ids, text and its bytes in UTF-8: what a person sees who asks what a token is."""
        text = self.whole or self.text
        octets = text.encode("utf-8", "replace")
        some = " ".join(f"{b:02x}" for b in octets[:_TIP_BYTES]) + (" …" if len(octets) > _TIP_BYTES else "")
        return f"{', '.join(map(str, self.ids))}   {text!r}\n{some}"


def token_items(pieces: Sequence[TokenPiece], *, folded: bool = True) -> list[TokenItem]:
    """What is drawn of tokens, in order."""
    items: list[TokenItem] = []
    stretch: list[TokenItem] = []
    look_before, ruled = "", False

    def flush() -> None:
        tokens = sum(item.look != "break" for item in stretch)
        if folded and tokens > FOLD_OVER:
            inner = stretch[_KEEP:-_KEEP]
            hidden = sum(item.look != "break" for item in inner)
            items.extend([*stretch[:_KEEP], TokenItem("", "fold", hidden), *stretch[-_KEEP:]])
        else:
            items.extend(stretch)
        stretch.clear()

    for piece in pieces:
        look = "cut" if piece.cut else "trained" if piece.trained else "read"
        if look != look_before:
            flush()
            if look == "cut" and not ruled:
                items.append(TokenItem("", "rule"))
                ruled = True
            look_before = look
        if piece.kind == "control" and not piece.cut:
            flush()
            items.append(TokenItem(piece.text, "pill-trained" if piece.trained else "pill", ids=(piece.id,)))
            continue
        if not piece.text and stretch and stretch[-1].ids:  # one more token of the character before
            stretch[-1] = replace(stretch[-1], ids=(*stretch[-1].ids, piece.id))
            continue
        for number, part in enumerate(piece.text.split("\n")):
            if number:
                stretch.append(TokenItem("", "break", ids=(piece.id,), whole=piece.text))
            if part:
                stretch.append(TokenItem(part, look, ids=(piece.id,), whole=piece.text))
    flush()
    return _middle_folded(items) if folded else items


def _middle_folded(items: list[TokenItem]) -> list[TokenItem]:
    if len(items) <= _MOST:
        return items
    half = _MOST // 2
    inner = items[half:-half]
    hidden = sum(item.hidden or item.look not in ("break", "rule") for item in inner)
    return [*items[:half], TokenItem("", "fold", hidden), *items[-half:]]
