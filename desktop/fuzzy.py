"""How well a few typed letters fit a line: for the command palette. Plain Python."""

import unicodedata


def score(typed: str, line: str) -> float:
    """0 if the letters of typed do not stand in line in that order, else more the better they fit.

    Each word typed must fit; words that start words of the line, and runs of letters, count most. Case and accents
    do not matter.
    """
    wanted = _plain(typed).split()
    target = _plain(line)
    if not wanted:
        return 1.0
    total = 0.0
    for word in wanted:
        best = _word(word, target)
        if best <= 0:
            return 0.0
        total += best
    return total / len(wanted) + 1.0 / (10 + len(target))


def best(typed: str, lines: list[str], most: int) -> list[int]:
    """Indexes of the lines that fit, best first, at most so many; equal ones keep their order."""
    scored = [(score(typed, line), -index) for index, line in enumerate(lines)]
    return [-index for value, index in sorted(scored, reverse=True) if value > 0][:most]


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def _word(word: str, target: str) -> float:
    at = target.find(word)
    if at >= 0:
        starts = at == 0 or not target[at - 1].isalnum() or ord(word[0]) > 0x2E7F  # Hanzi have no blanks between
        if not starts:
            later = target.find(f" {word}")
            starts = later >= 0
        return 10.0 + (5.0 if starts else 0.0) + (2.0 if at == 0 else 0.0)
    place, run, value = -1, 0, 0.0
    for letter in word:
        found = target.find(letter, place + 1)
        if found < 0:
            return 0.0
        run = run + 1 if found == place + 1 else 0
        start = found == 0 or not target[found - 1].isalnum()
        value += 1.0 + run + (2.0 if start else 0.0)
        place = found
    worth = value / len(word)
    return worth if worth >= 1.8 else 0.0  # scattered letters fit anything long
