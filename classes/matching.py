"""Finds the people of a list that somebody pastes: names or e-mail addresses, one a line. It knows no database.

What is certain is found: an address, or all words of a name, in any order and without accents, case, titles or quotes. What
is only near is asked, never guessed. Everything else is given back as it was written.
"""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

MOST_LINES = 2_000
# What a line says after so many letters is not read: comparing takes the square of the length.
LONGEST_LINE = 200
MOST_ASKED = 3
# How alike two names are at least for "Did you mean ...?", from 0 to 1.
ALIKE = 0.8
# So many are compared letter by letter, of those who share the most pairs of letters.
_COMPARED = 8

_ADDRESS = re.compile(r"[^\s<>()\[\]\"',;:|]+@[^\s<>()\[\]\"',;:|]+")
# What stands before a line in a list: bullets, numbers, boxes.
_BULLET = re.compile(r"^\s*(?:[-*•·–—‣▪◦☐☑✓✔>]+|\(?\d{1,4}[.):]|\[[ xX]?\])\s*(?=\S)")
_QUOTES = str.maketrans("", "", '"“”„‟«»‹›\ufeff\u200b\u200e\u200f\u2060')
_IN_A_NAME = str.maketrans("", "", "'’‘`´ʼʹ")
_BEYOND_WORDS = re.compile(r"[\W_]+")
_IN_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_CELLS = re.compile(r"[;\t|]")
# Letters that Unicode does not take apart.
_PLAIN = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "ŧ": "t", "ŋ": "n"}
)
_TITLES = frozenset(
    re.findall(
        r"\w+",
        "mr mrs ms miss mx mister madam sir dame lord lady dr doctor prof professor phd md jr sr ii iii iv rev hon capt"
        " esq herr frau hr fr dipl ing mag msc bsc mba llm univ habil mme mlle monsieur madame sra srta don dona sig"
        " signor signora dott",
    )
)

type Words = tuple[str, ...]


@dataclass(frozen=True)
class Person:
    """Somebody whom a line may mean. The address is empty where the reader may not see it."""

    key: int
    name: str
    address: str = ""


@dataclass(frozen=True)
class Found:
    """A line, and whom it means; `by_address`: it is the address that says so."""

    text: str
    key: int
    by_address: bool = False


@dataclass(frozen=True)
class Question:
    """A line that may mean each of these, the likeliest first; `is_shared`: they all have what it says."""

    text: str
    keys: tuple[int, ...]
    is_shared: bool = False


@dataclass(frozen=True)
class Matches:
    """What became of a list: each person once, in the order of the lines; `repeated` lines named somebody again.

    `left` lines came after the most that are read.
    """

    found: Sequence[Found] = ()
    asked: Sequence[Question] = ()
    unknown: Sequence[str] = ()
    repeated: int = 0
    left: int = 0


def match(text: str, people: Iterable[Person], answers: Mapping[str, int] | None = None) -> Matches:
    """Whom each line of the text means among the people. `answers`: of a line that was asked about, whom it means."""
    index = _Index(people)
    lines = [line for line in text.translate(_QUOTES).splitlines() if line.strip()]
    found: dict[int, Found] = {}
    asked: list[Question] = []
    unknown: list[str] = []
    repeated = 0
    seen: set[object] = set()
    for entry in _entries(lines[:MOST_LINES]):
        if entry.sense in seen:
            repeated += 1
            continue
        seen.add(entry.sense)
        match index.look(entry, (answers or {}).get(entry.text)):
            case Found(key=key) if key in found:
                repeated += 1
            case Found(key=key) as one:
                found[key] = one
            case Question() as question:
                asked.append(question)
            case None:
                unknown.append(entry.text)
    return Matches(list(found.values()), asked, unknown, repeated, max(0, len(lines) - MOST_LINES))


@dataclass(frozen=True)
class _Entry:
    """One person of the list, as it was written: an address, and the names it may say, the likeliest first."""

    text: str
    address: str
    names: tuple[Words, ...]

    @property
    def sense(self) -> object:
        """Equal for two entries that say the same."""
        return self.address or self.names[0]


def _entries(lines: Iterable[str]) -> Iterator[_Entry]:
    for line in lines:
        for part in _parts(_BULLET.sub("", line)[:LONGEST_LINE]):
            found = _ADDRESS.search(part)
            address = _plain_address(found.group()) if found else ""
            names = tuple(_readings(_ADDRESS.sub(" ", part)))
            if address or names:
                yield _Entry(" ".join(part.split()), address, names)


def _parts(line: str) -> list[str]:
    """The line; where it holds several addresses, as mail programs write them, a part for each."""
    addresses = _ADDRESS.findall(line)
    if len(addresses) < 2:
        return [line]
    marked = line if _CELLS.search(line) else re.sub(r"(@[^\s,>]+>?)[\s,]+", r"\1;", line)
    parts = [part for part in _CELLS.split(marked) if part.strip()]
    return parts if all(len(_ADDRESS.findall(part)) == 1 for part in parts) else addresses


def _readings(part: str) -> Iterable[Words]:
    """The names that a line may say: all of it, without brackets, some cells of a table, before a second comma."""
    bare = _IN_BRACKETS.sub(" ", part)
    cells = [cell for cell in _CELLS.split(bare) if _words(cell)]
    pieces = [piece for piece in bare.split(",") if _words(piece)]
    readings = [part, bare]
    if len(cells) > 1:
        readings += [" ".join(cells[at : at + 2]) for at in range(len(cells) - 1)] + cells
    if len(pieces) > 2:
        readings += [" ".join(pieces[:2]), pieces[0]]
    return dict.fromkeys(words for reading in readings for words in _names(reading) if words)


def _names(text: str) -> tuple[Words, Words]:
    """The words of a name in one order, with its titles and without: two names are the same if their words are."""
    words = tuple(sorted(_words(text)))
    return words, tuple(word for word in words if word not in _TITLES)


def _words(name: str) -> list[str]:
    apart = unicodedata.normalize("NFKD", name.translate(_IN_A_NAME).casefold())
    plain = "".join(letter for letter in apart if not unicodedata.combining(letter)).translate(_PLAIN)
    return [word for word in _BEYOND_WORDS.split(plain) if word]


def _plain_address(address: str) -> str:
    return unicodedata.normalize("NFKC", address).casefold().strip(".")


class _Index:
    """The people by what a line may say of them."""

    def __init__(self, people: Iterable[Person]) -> None:
        self._known: dict[Words | str, set[int]] = defaultdict(set)
        self._by_word: dict[str, set[int]] = defaultdict(set)
        self._by_pair: dict[str, set[int]] = defaultdict(set)
        self._names: dict[int, Words] = {}
        self._texts: dict[int, list[str]] = {}
        for person in people:
            self._add(person)

    def look(self, entry: _Entry, answer: int | None) -> Found | Question | None:
        """Whom the entry means."""
        if answer in self._names:
            return Found(entry.text, answer)
        sayings: list[Words | str] = [entry.address, *entry.names]
        for said in sayings:
            if said and (keys := self._known.get(said)):
                if len(keys) == 1:
                    return Found(entry.text, min(keys), by_address=said == entry.address)
                return Question(entry.text, tuple(sorted(keys)), is_shared=True)
        near = self._near(entry)
        return Question(entry.text, tuple(near)) if near else None

    def _add(self, person: Person) -> None:
        words, without_titles = _names(person.name)
        address = _plain_address(person.address)
        for known in (words, without_titles, address):
            if known:
                self._known[known].add(person.key)
        for word in words:
            self._by_word[word].add(person.key)
        self._names[person.key] = words
        self._texts[person.key] = [text for text in (" ".join(words), address) if text]
        for text in self._texts[person.key]:
            for pair in _pairs(text):
                self._by_pair[pair].add(person.key)

    def _near(self, entry: _Entry) -> list[int]:
        """Who is like the entry, the likest first."""
        said = [" ".join(words) for words in entry.names]
        if entry.address:
            said += [entry.address, " ".join(_names(entry.address.partition("@")[0])[0])]
        likeness = {key: self._likeness(key, said) for key in self._candidates(said)}
        for key in (key for words in entry.names for key in self._within(words)):
            likeness[key] = max(likeness.get(key, 0), ALIKE)
        near = sorted((key for key, how in likeness.items() if how >= ALIKE), key=lambda key: (-likeness[key], key))
        return near[:MOST_ASKED]

    def _candidates(self, said: Iterable[str]) -> list[int]:
        shared: Counter[int] = Counter()
        for pair in {pair for text in said for pair in _pairs(text)}:
            shared.update(self._by_pair.get(pair, ()))
        return [key for key, _count in shared.most_common(_COMPARED)]

    def _likeness(self, key: int, said: Collection[str]) -> float:
        return max((_alike(text, own) for text in said for own in self._texts[key]), default=0)

    def _within(self, words: Words) -> set[int]:
        """Those whose name has all of these words, or all of whose words are among these: a middle name more or less."""
        holding = [self._by_word.get(word, set()) for word in words]
        more = set.intersection(*holding)
        fewer = {
            key for keys in holding for key in keys if len(self._names[key]) > 1 and set(self._names[key]) <= set(words)
        }
        found = more | fewer
        return found if len(found) <= MOST_ASKED else set()


def _alike(one: str, other: str) -> float:
    """How alike two texts are: letter by letter, or word by word, which a word at another place leaves as it is."""
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    if matcher.real_quick_ratio() < ALIKE or matcher.quick_ratio() < ALIKE:
        return 0
    words, others = one.split(), other.split()
    by_words = min(_found_in(words, others), _found_in(others, words)) if len(words) == len(others) else 0
    return max(matcher.ratio(), by_words)


def _found_in(words: Sequence[str], others: Sequence[str]) -> float:
    """How much of these words is among the others, weighed by length."""
    best = [max(SequenceMatcher(None, word, other, autojunk=False).ratio() for other in others) for word in words]
    return sum(how * len(word) for how, word in zip(best, words, strict=True)) / sum(map(len, words))


def _pairs(text: str) -> set[str]:
    return {text[at : at + 2] for at in range(len(text) - 1)}
