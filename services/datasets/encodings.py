"""Which encoding a text file is in: by its mark, by what is valid in it, and by how usual its characters are.

A file that is UTF-8 but for a few bytes is UTF-8 with broken lines. Else each multi-byte encoding of East Asia in which
every byte is valid is weighed by how many of its characters are among the most usual of the language; single-byte
encodings, in which anything is valid, come last, by charset-normalizer's judgement.
"""

import codecs
import contextlib
import gzip
import re
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from services.datasets.limits import FREE_BYTES, check_size
from services.i18n import N_

CHOICES = (
    "utf-8", "utf-16", "gb18030", "big5", "shift_jis", "euc_kr", "latin-1", "cp1252", "cp1251",
)  # fmt: skip
"""Encodings to offer where the found one is wrong."""

_CHUNK = 1 << 20
_SAMPLE = 1 << 20
_QUICK = 4 << 20
_HANS = set("的一是不了在人有我他这中大来上国个到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可里后小么心多天而能好都然没日于起还发成事只作当想看文无开手用主行方又如前所本见经头面公同三已老从动两长知民样现分将外但身些与高意进把法此实回二理美点其种声全工己话儿者向情部正名定女问力机给等几很业最间新什打便位因重被走电四第门相次东政海口使教西再平真听世气信北少关并内加化由却代军产入先山五太水万市总才场师书比住员答写请语字词句读译何")  # fmt: skip # noqa: E501
_HANT = set("的一是不了在人有我他這中大來上國個到說們為子和你地出道也時年得就那要下以生會自著去之過家學對可裡後小麼心多天而能好都然沒日於起還發成事只作當想看文無開手用主行方又如前所本見經頭面公同三已老從動兩長知民樣現分將外但身些與高意進把法此實回二理美點其種聲全工己話兒者向情部正名定女問力機給等幾很業最間新什打便位因重被走電四第門相次東政海口使教西再平真聽世氣信北少關並內加化由卻代軍產入先山五太水萬市總才場師書比住員答寫請語字詞句讀譯何")  # fmt: skip # noqa: E501
_HANGUL = set(
    "이다는을에의가고하한지은기도로사리어나있를자아시인들그서대수일것해게내정라만부제보상전원장말면스우모여주오구과니무신적비문조무안으요세트유성선동공진시소습저았었했거네까님안녕반갑감"
)
_PUNCTUATION = set("，。、；：？！“”‘’（）《》「」『』【】…—・　")


@dataclass(frozen=True)
class Encoding:
    """An encoding as Python names it, and why it was taken (N_-marked). bom: bytes of the mark at the start."""

    name: str
    reason: str
    bom: int = 0


def detect(path: Path, *, quick: bool = False) -> Encoding:
    """The encoding of a file (also of a .gz). Reads all of it once unless its start says what it is; quick: only its
    first megabytes, for a first look. OSError as reading has."""
    with open_bytes(path) as file:
        head = file.read(_SAMPLE)
    for bom, name in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if head.startswith(bom):
            return Encoding(name, N_("the file says so at its start"), len(bom))
    wide = _utf16(head)
    if wide:
        return Encoding(wide, N_("every other byte is zero"))
    limit = _QUICK if quick else 1 << 62
    if _all_utf8(path, limit):
        return Encoding("utf-8", N_("every byte is valid in it"))
    good, bad = _utf8_lines(path, limit)
    if not bad:
        return Encoding("utf-8", N_("every byte is valid in it"))
    if good >= bad:
        return Encoding("utf-8", N_("most of it is valid, some lines are broken"))
    sample = _around(path)
    best = max((_score(sample, name), name) for name in ("gb18030", "big5", "shift_jis", "euc_kr"))
    if best[0] > 0.25:
        return Encoding(best[1], N_("every byte is valid in it, and its characters are usual ones"))
    return Encoding(_single_byte(sample), N_("no other encoding fits; look whether the letters are right"))


def open_bytes(path: Path) -> IO[bytes]:
    """The file's bytes, those within if it is a .gz. OSError, also later, for one that is cut off or none."""
    return _Unpacked(path) if path.suffix.lower() == ".gz" else path.open("rb")  # type: ignore[return-value]


def chosen_encoding(encoding: str, found: Encoding) -> Encoding:
    """The person's encoding in place of the one found; the mark at the start is skipped if it is that encoding's."""
    name = encoding.lower().replace("_", "-").removesuffix("-sig")
    same = name == found.name or (name == "utf-16" and found.name.startswith("utf-16"))
    return Encoding(found.name if same else name, N_("you chose it"), found.bom if same else 0)


def place(file: IO[bytes]) -> int:
    """How far an open file has been read, in bytes of the file itself (a .gz: of the compressed one)."""
    raw = getattr(file, "fileobj", None)
    return int((raw or file).tell())


class _Unpacked(gzip.GzipFile):
    """What a .gz holds; whatever is wrong with it is an OSError, as with any other file. DatasetError for a bomb."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, "rb")
        self._path, self._packed, self._unpacked = path, path.stat().st_size, 0

    def read(self, size: int | None = -1) -> bytes:
        try:
            data = super().read(size)
        except (EOFError, zlib.error) as error:
            raise OSError(f"the .gz is cut off or damaged ({str(error).rstrip('.')})") from error
        self._unpacked += len(data)
        if self._unpacked > FREE_BYTES:
            check_size(self._path, self._packed, self._unpacked)
        return data


def _utf16(head: bytes) -> str:
    if len(head) < 4 or b"\0" not in head:
        return ""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    half = len(head) // 2
    if odd > half * 0.3 and even < half * 0.05:
        return "utf-16-le"
    return "utf-16-be" if even > half * 0.3 and odd < half * 0.05 else ""


def _all_utf8(path: Path, limit: int) -> bool:
    """Whether the file (as far as the limit, in bytes) is UTF-8 throughout."""
    decode = codecs.getincrementaldecoder("utf-8")()
    with open_bytes(path) as file:
        try:
            while limit > 0 and (chunk := file.read(min(_CHUNK, limit))):
                limit -= len(chunk)
                decode.decode(chunk)
            decode.decode(b"", final=limit > 0)
        except UnicodeDecodeError:
            return False
    return True


def _utf8_lines(path: Path, limit: int) -> tuple[int, int]:
    """Number of lines with valid, and with invalid, bytes above 127, as UTF-8."""
    good = bad = 0
    with open_bytes(path) as file:
        rest = b""
        while limit > 0 and (chunk := file.read(_CHUNK)):
            limit -= len(chunk)
            block, newline, rest = (rest + chunk).rpartition(b"\n")
            good, bad = _count(block + newline, good, bad)
        return _count(rest, good, bad)


def _count(block: bytes, good: int, bad: int) -> tuple[int, int]:
    if block.isascii():
        return good, bad
    for line in block.split(b"\n"):
        if not line.isascii():
            try:
                line.decode("utf-8")
                good += 1
            except UnicodeDecodeError:
                bad += 1
    return good, bad


def _around(path: Path) -> bytes:
    """The lines that have bytes above 127, up to a megabyte of them."""
    found: list[bytes] = []
    size = 0
    with open_bytes(path) as file:
        for line in file:
            if not line.isascii():
                found.append(line)
                size += len(line)
                if size > _SAMPLE:
                    break
    return b"".join(found)


def _score(sample: bytes, name: str) -> float:
    """0 to 1: how usual the characters are if the file is in this encoding; 0 if bytes are invalid in it."""
    codec = {"shift_jis": "cp932", "big5": "cp950"}.get(name, name)
    lines = sample.split(b"\n")
    texts = []
    for line in lines:
        try:
            texts.append(line.decode(codec))
        except UnicodeDecodeError:
            if name == "big5":
                with contextlib.suppress(UnicodeDecodeError):
                    texts.append(line.decode("big5hkscs"))
    if len(texts) < len(lines) * 0.9:
        return 0.0
    wide = [c for c in "".join(texts) if ord(c) > 127]
    if not wide:
        return 0.0
    usual = sum(_usual(c, name) for c in wide)
    return usual / len(wide) - 0.5 * (1 - len(texts) / len(lines))


def _usual(char: str, name: str) -> bool:
    if char in _PUNCTUATION:
        return True
    if name == "gb18030":
        return char in _HANS
    if name == "big5":
        return char in _HANT
    if name == "shift_jis":
        return "\u3041" <= char <= "\u30fe"  # kana, full width
    return char in _HANGUL


def _single_byte(sample: bytes) -> str:
    from charset_normalizer import from_bytes

    high = re.findall(rb"[\x80-\xff]+", sample)
    letters = b"".join(high)
    if _valid(sample, "gb18030") and len(letters) >= 2 * len(high) and _share(letters, 0xE0, 0xFF) < 0.6:
        return "gb18030"  # rare characters: always two bytes together, which is not how European words look
    best = None
    if len(letters) >= 2 * len(high):  # Cyrillic or Greek words; in Latin script foreign letters stand alone
        best = from_bytes(sample[:65536], cp_isolation=["cp1251", "koi8_r", "cp1253", "cp1252"]).best()
    name = best.encoding if best else "latin_1"
    if name in ("cp1252", "latin_1"):  # the same but for 0x80 to 0x9F, which text in Latin-1 does not use
        return "cp1252" if re.search(rb"[\x80-\x9f]", sample) and _valid(sample, "cp1252") else "latin-1"
    return name


def _share(letters: bytes, low: int, high: int) -> float:
    return sum(low <= b <= high for b in letters) / max(1, len(letters))


def _valid(sample: bytes, name: str) -> bool:
    try:
        sample.decode(name)
    except UnicodeDecodeError:
        return False
    return True
