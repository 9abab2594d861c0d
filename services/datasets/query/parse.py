"""From a person's words to a filter: `answer is empty`, `contains "refund" or 标签 是 good`, `tokens > 2048`.

filter     = part { ["and"] part | "or" part }          "and" binds closer
part       = "not" part | "(" filter ")" | question
question   = "text" | /expression/ | starred | tag [is] TAG | finding [ID] | length [of COLUMN] SIGN NUMBER
           | tokens SIGN NUMBER | contains TEXT | matches /expression/ | COLUMN predicate
predicate  = [is] [not] empty | [not] contains TEXT | starts with TEXT | ends with TEXT | matches /expression/
           | [length] SIGN NUMBER | SIGN TEXT | is [not] TEXT
"""

from collections.abc import Sequence

from services.datasets.errors import DatasetError
from services.datasets.mapping import Mapping
from services.datasets.query.about import HasFinding, Starred, Tagged, Tokens
from services.datasets.query.filters import All, Any, Filter, Not
from services.datasets.query.lexer import Piece, cut, raw_word
from services.datasets.query.questions import Contains, Matches
from services.datasets.query.targets import Target, named, role
from services.i18n import N_

_JOINING = ("且", "并且", "或", "或者")  # also without a blank before
_OF_LENGTH = ("longer than", "shorter than", "长于", "短于")


def parse_filter(words: str, columns: Sequence[str], mapping: Mapping) -> Filter:
    """The filter that these words mean; no words mean every row.

    columns: those of the data set. mapping: which of them is "question", "answer" ... DatasetError names what was not
    understood, and says how to write it.
    """
    return _Parser(words, columns, mapping).filter()


class _Parser:
    def __init__(self, words: str, columns: Sequence[str], mapping: Mapping) -> None:
        self._words = words
        self._columns = list(columns)
        self._mapping = mapping
        self._pieces = cut(words, columns)
        self._at = 0

    def filter(self) -> Filter:
        """All of it."""
        if self._ended:
            return All()
        found = self._or()
        if not self._ended:
            raise self._not_understood(self._here)
        return found

    # ---- pieces

    @property
    def _ended(self) -> bool:
        return self._here.kind == "end"

    @property
    def _here(self) -> Piece:
        return self._pieces[self._at]

    def _next(self) -> Piece:
        piece = self._here
        self._at += piece.kind != "end"
        return piece

    def _take(self, *meanings: str) -> bool:
        """Step over one word of such a meaning, if it is next."""
        if self._here.kind == "word" and self._here.value in meanings:
            self._at += 1
            return True
        return False

    # ---- and, or, not

    def _or(self) -> Filter:
        parts = [self._and()]
        while self._take("or"):
            parts.append(self._and())
        return parts[0] if len(parts) == 1 else Any(tuple(parts))

    def _and(self) -> Filter:
        parts = [self._part()]
        while not (self._here.kind in ("end", "close") or (self._here.kind == "word" and self._here.value == "or")):
            self._take("and")
            parts.append(self._part())
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _part(self) -> Filter:
        if self._take("not"):
            return Not(self._part())
        if self._here.kind == "open":
            opened = self._next()
            found = self._or()
            if self._next().kind != "close":
                raise self._missing(opened, ")")
            return found
        return self._question()

    # ---- questions

    def _question(self) -> Filter:
        self._take("of")
        piece = self._next()
        if piece.kind == "text":
            if named(piece.value, self._columns) and self._predicate_follows():
                return self._about(Target((named(piece.value, self._columns),)))
            return Contains(piece.value)
        if piece.kind == "regex":
            return _matches(piece, ())
        if piece.kind == "name":
            return self._about(Target((piece.value,)))
        if piece.kind == "role":
            return self._about(role(piece.value, self._mapping, self._columns, self._written(piece)))
        if piece.kind == "word":
            return self._of_row(piece)
        raise self._missing(piece) if piece.kind == "end" else self._not_understood(piece)

    def _of_row(self, piece: Piece) -> Filter:
        """A question that begins with a word of its own."""
        if piece.value == "is" or (piece.value == "contains" and self._after("starred", "tag", "finding", "not")):
            return self._part()
        if piece.value == "is not":
            return Not(self._part())
        if piece.value == "starred":
            return Starred()
        if piece.value == "tag":
            return self._tagged()
        if piece.value == "finding":
            return self._found()
        if piece.value == "tokens":
            return Tokens(*self._comparison(piece))
        if piece.value == "length":
            target = self._target_of() if self._take("of") else Target(())
            return target.length(*self._comparison(piece))
        if piece.value in ("contains", "not contains", "starts", "ends", "matches"):
            self._at -= 1
            return self._about(Target(()))
        raise self._not_understood(piece)

    def _tagged(self) -> Filter:
        if self._take("is not", "!=") or self._sign("!="):
            return Not(Tagged(self._value()))
        said = self._take("is", "=", "contains") or self._sign("=")
        if not said and self._here.kind not in ("text", "other", "number"):
            return Tagged()
        return Not(Tagged(self._value())) if said and self._take("not") else Tagged(self._value())

    def _found(self) -> Filter:
        said = self._take("is", "=", "contains") or self._sign("=")
        if said or self._here.kind in ("text", "other"):
            return HasFinding(self._value())
        return HasFinding()

    def _target_of(self) -> Target:
        piece = self._next()
        if piece.kind in ("name", "text") and named(piece.value, self._columns):
            return Target((named(piece.value, self._columns),))
        if piece.kind == "role":
            return role(piece.value, self._mapping, self._columns, self._written(piece))
        raise self._missing(piece) if piece.kind == "end" else self._not_understood(piece)

    def _about(self, target: Target) -> Filter:
        """A predicate over columns."""
        self._take("of")
        piece = self._next()
        meaning = piece.value if piece.kind in ("word", "sign") else ""
        if meaning in ("is", "is not", "not"):
            inner = self._is(target, piece)
            return inner if meaning == "is" else Not(inner)
        if meaning == "length":
            return target.length(*self._comparison(piece))
        if meaning in ("contains", "not contains"):
            found = target.contains(self._value())
            return found if meaning == "contains" else Not(found)
        if meaning in ("empty", "not empty"):
            return target.empty() if meaning == "empty" else Not(target.empty())
        if meaning in ("starts", "ends"):
            return target.starts(self._value(), end=meaning == "ends")
        if meaning == "matches":
            return self._expression(target)
        if meaning in ("=", "!=", ">", ">=", "<", "<="):
            return self._compared(target, meaning)
        raise self._missing(piece) if piece.kind == "end" else self._not_understood(piece)

    def _is(self, target: Target, before: Piece) -> Filter:
        """What follows "is", "is not" or "not"."""
        if self._take("not"):
            return Not(self._is(target, before))
        if self._take("empty"):
            return target.empty()
        if self._take("not empty"):
            return Not(target.empty())
        if self._here.kind == "word" and self._here.value in ("contains", "matches", "starts", "ends"):
            return self._about(target)
        for sign in (">", "<", ">=", "<="):
            piece = self._here
            if self._take(sign):  # "is longer than 500", "is above 3"
                number = self._number(piece)
                return (target.length if self._written(piece).lower() in _OF_LENGTH else target.number)(sign, number)
        return target.equals(self._value())

    def _compared(self, target: Target, sign: str) -> Filter:
        if sign in ("=", "!="):
            found = target.equals(self._value())
            return found if sign == "=" else Not(found)
        piece = self._pieces[self._at - 1]
        number = self._number(piece)
        return (target.length if self._written(piece).lower() in _OF_LENGTH else target.number)(sign, number)

    def _expression(self, target: Target) -> Filter:
        piece = self._next()
        if piece.kind not in ("regex", "text"):
            raise self._missing(piece, "/.../")
        return target.matches(piece.value, case="i" not in piece.flags)

    def _comparison(self, before: Piece) -> tuple[str, float]:
        """A sign (or its words) and a number."""
        self._take("is")
        piece = self._next()
        if piece.kind not in ("sign", "word") or piece.value not in ("=", "!=", ">", ">=", "<", "<="):
            raise self._missing(before, "> 500")
        return piece.value, self._number(piece)

    # ---- values

    def _sign(self, sign: str) -> bool:
        if self._here.kind == "sign" and self._here.value == sign:
            self._at += 1
            return True
        return False

    def _number(self, before: Piece) -> float:
        piece = self._next()
        if piece.kind != "number":
            raise self._missing(before, "500") if piece.kind == "end" else self._not_understood(piece)
        return float(piece.value)

    def _value(self) -> str:
        """A text in quotes, or one word up to the next blank, whatever it would mean elsewhere."""
        piece = self._here
        if piece.kind == "text":
            self._at += 1
            return piece.value
        if piece.kind in ("end", "open", "close"):
            raise self._missing(self._pieces[max(0, self._at - 1)], '"..."')
        stop = raw_word(self._words, piece.start)
        while not self._ended and self._here.start < stop:
            if self._here is not piece and self._written(self._here) in _JOINING:
                stop = self._here.start
                break
            self._at += 1
        return self._words[piece.start : stop]

    def _after(self, *meanings: str) -> bool:
        return self._here.kind == "word" and self._here.value in meanings

    def _predicate_follows(self) -> bool:
        return self._here.kind == "sign" or self._after(
            "is", "is not", "not", "length", "contains", "not contains", "empty", "not empty", "starts", "ends",
            "matches", ">", ">=", "<", "<=", "=", "!=",
        )  # fmt: skip

    # ---- what is wrong

    def _written(self, piece: Piece) -> str:
        return self._words[piece.start : piece.stop]

    def _not_understood(self, piece: Piece) -> DatasetError:
        return DatasetError(
            N_("{part} is not understood in this filter."),
            way_out=N_('To find it in the rows, write: contains "{part}". Columns are: {names}.'),
            part=self._written(piece),
            names=", ".join(self._columns) or "-",
        )

    def _missing(self, before: Piece, example: str = '"..."') -> DatasetError:
        return DatasetError(
            N_("Something is missing after {part}."),
            way_out=N_("Write, for example: {example}."),
            part=self._written(before) or self._words.split()[-1],
            example=f"{self._words[: before.stop].strip()} {example}",
        )


def _matches(piece: Piece, names: tuple[str, ...]) -> Filter:
    return Matches(piece.value, names, "i" not in piece.flags)
