"""How does the whole decision tree look? One picture on which a way can be followed, and the same as text.

Drawn as SVG from left to right: each node asks one fact, the leaves stand below one another with what they say, the
number of sales behind it and a bar. The same bytes for the same tree; every word escaped. The text says all that the
picture says, for those who do not see it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

import numpy as np

from valuation.explanation.fact_words import money, number
from valuation.explanation.tree_path import TreeWords, conditions_of_leaf
from valuation.languages.language import Said
from valuation.models.value_models import ValueModels

_ROW = 28.0
_LETTER = 6.0
_TOP, _LEFT = 56.0, 14.0
_LEAF_WIDTH, _BAR_WIDTH = 210.0, 90.0
_INK, _GREY, _LINE, _OWN = "#1a1a1a", "#595959", "#8c8c8c", "#0b5394"

_WORDS: dict[str, Said] = {
    "title": {
        "nb": "Den enkle regnemåten, hele: {leaves} svar",
        "nn": "Den enkle reknemåten, heile: {leaves} svar",
        "en": "The simpler way of reckoning, all of it: {leaves} answers",
    },
    "how": {
        "nb": "Begynn til venstre og svar på hvert spørsmål; «ja» går opp, «nei» går ned. Prosent er mot det vanlige i "
        "kommunen for boliger av samme slag.",
        "nn": "Byrja til venstre og svar på kvart spørsmål; «ja» går opp, «nei» går ned. Prosent er mot det vanlege i "
        "kommunen for bustader av same slag.",
        "en": "Begin at the left and answer each question; “yes” goes up, “no” goes down. Percentages are against what "
        "is usual in the place for homes of the same kind.",
    },
    "synthetic": {"nb": "Oppdiktede tall. ", "nn": "Oppdikta tal. ", "en": "Synthetic data. "},
    "yes": {"nb": "ja", "nn": "ja", "en": "yes"},
    "no": {"nb": "nei", "nn": "nei", "en": "no"},
    "sales": {"nb": "{n} salg", "nn": "{n} sal", "en": "{n} sales"},
}


@dataclass(frozen=True)
class _Place:
    node: int
    depth: int
    y: float


class TreePicture:
    """Draws the decision tree of a model version in one language.

    Parameters
    ----------
    models : ValueModels
    words : TreeWords
        Of the same models; gives language and jurisdiction.
    """

    def __init__(self, models: ValueModels, words: TreeWords) -> None:
        self._tree, self._names, self._words = models.tree_, models.tree_columns_, words
        self._place: dict[int, _Place] = {}
        self._rows = 0
        self._lay_out(0, 0)
        self._deepest = max(place.depth for place in self._place.values())
        asked = [text for node in self._inner() for text in self._question(node)]
        self._column = max([110.0, *(_LETTER * len(text) + 28 for text in asked)])

    @property
    def title(self) -> str:
        """What the picture is called."""
        return self._say("title", leaves=number(self._rows, self._words.language))

    def svg(self, own_leaf: int | None = None) -> str:
        """Return the picture.

        Parameters
        ----------
        own_leaf : int, optional
            Leaf of a dwelling, whose way is drawn in colour.
        """
        width = _LEFT + self._deepest * self._column + _LEAF_WIDTH + _BAR_WIDTH + 20
        height = _TOP + self._rows * _ROW + 10
        own = self._above(own_leaf) if own_leaf is not None else set()
        title = self.title
        parts = [
            f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width:g} {height:g}' width='{width:g}' "
            # Its own width, also where a page would make pictures fit: small letters cannot be read.
            f"height='{height:g}' style='width:{width:g}px;max-width:none;height:auto' "
            f"role='img' aria-label='{escape(title, quote=True)}' lang='{self._words.language}' "
            f"font-family='system-ui, sans-serif' font-size='12' fill='{_INK}'>",
            f"<title>{escape(title)}</title>",
            f"<desc>{escape(' '.join(self.lines()))}</desc>",
            f"<rect width='{width:g}' height='{height:g}' fill='#ffffff'/>",
            _text(_LEFT, 18, title, "font-size='15' font-weight='600'"),
            _text(_LEFT, 36, self._synthetic() + self._say("how"), f"fill='{_GREY}'"),
        ]
        # What is drawn last lies on top: the way of the dwelling over the others.
        ordered = sorted(self._place.values(), key=lambda place: (place.node in own, place.y))
        for place in ordered:
            parts += self._drawn(place, own)
        return "\n".join([*parts, "</svg>", ""])

    def lines(self) -> list[str]:
        """Return the tree as text: a question, then what follows on yes and on no, each level further in."""
        return list(self._told(0, ""))

    # -- layout --------------------------------------------------------------------------------------------------

    def _lay_out(self, node: int, depth: int) -> float:
        if self._tree.left_[node] < 0:
            y = _TOP + (self._rows + 0.5) * _ROW
            self._rows += 1
        else:
            y = float(np.mean([self._lay_out(child, depth + 1) for child in self._children(node)]))
        self._place[node] = _Place(node, depth, y)
        return y

    def _children(self, node: int) -> tuple[int, int]:
        """Where "yes" and "no" lead; what a dwelling has or has not is asked as "has it?"."""
        left, right = int(self._tree.left_[node]), int(self._tree.right_[node])
        return (right, left) if self._asks_for_presence(node) else (left, right)

    def _asks_for_presence(self, node: int) -> bool:
        return self._words.is_yes_or_no(self._names[int(self._tree.feature_[node])])

    def _inner(self) -> Iterator[int]:
        return (node for node in self._place if self._tree.left_[node] >= 0)

    def _question(self, node: int) -> tuple[str, str]:
        feature = self._names[int(self._tree.feature_[node])]
        name, bounds = self._words.question(feature, float(self._tree.threshold_[node]))
        return (name, "?") if self._asks_for_presence(node) else (name, f"{bounds}?")

    def _above(self, leaf: int) -> set[int]:
        """Return a node with all nodes on the way to it."""
        parent = {child: node for node in self._inner() for child in self._children(node)}
        way = {leaf}
        while leaf in parent:
            leaf = parent[leaf]
            way.add(leaf)
        return way

    # -- drawing -------------------------------------------------------------------------------------------------

    def _drawn(self, place: _Place, own: set[int]) -> Iterator[str]:
        is_own = place.node in own
        look = f"fill='{_OWN}' font-weight='600'" if is_own else ""
        x = _LEFT + place.depth * self._column
        is_leaf = self._tree.left_[place.node] < 0
        end = _LEFT + self._deepest * self._column if is_leaf else x + self._column
        yield _line(x, place.y, end, place.y, is_own, is_dotted=is_leaf and end > x)
        if is_leaf:
            yield from self._leaf(place, end, look, is_own)
            return
        name, bounds = self._question(place.node)
        yield _text(x + 4, place.y - 17, name, look)
        yield _text(x + 4, place.y - 4, bounds, look or f"fill='{_GREY}'")
        for word, child in zip(("yes", "no"), self._children(place.node), strict=True):
            below = self._place[child]
            is_own_way = is_own and child in own
            yield _line(end, place.y, end, below.y, is_own_way)
            shift = 12 if word == "no" else -4
            middle = (place.y + below.y) / 2
            yield _text(end - 4, middle + shift, self._say(word), f"fill='{_GREY}' font-size='10' text-anchor='end'")

    def _leaf(self, place: _Place, x: float, look: str, is_own: bool) -> Iterator[str]:
        amount, n = self._answer(place.node)
        yield _text(x + 6, place.y + 4, amount, look or "font-weight='600'")
        sales = self._say("sales", n=n)
        yield _text(x + _LEAF_WIDTH - 8, place.y + 4, sales, f"fill='{_GREY}' text-anchor='end'")
        leaves = self._tree.left_ < 0
        length = _BAR_WIDTH * np.exp(self._tree.value_[place.node] - self._tree.value_[leaves].max())
        colour = _OWN if is_own else "#9fb8d1"
        left, top = x + _LEAF_WIDTH, place.y - 6
        yield f"<rect x='{left:.1f}' y='{top:.1f}' width='{length:.1f}' height='12' fill='{colour}'/>"

    def _answer(self, leaf: int) -> tuple[str, str]:
        amount = money(float(np.exp(self._tree.value_[leaf])), self._words.currency, self._words.language)
        return amount, number(int(self._tree.n_sales_[leaf]), self._words.language)

    # -- text ----------------------------------------------------------------------------------------------------

    def _told(self, node: int, indent: str) -> Iterator[str]:
        if self._tree.left_[node] < 0:
            amount, n = self._answer(node)
            yield f"{indent}{amount} ({self._say('sales', n=n)})"
            return
        name, bounds = self._question(node)
        yield f"{indent}{name}{'?' if bounds == '?' else ' ' + bounds}"
        for word, child in zip(("yes", "no"), self._children(node), strict=True):
            first, *rest = self._told(child, indent + "    ")
            yield f"{indent}  {self._say(word)}: {first.strip()}"
            yield from rest

    def _synthetic(self) -> str:
        return _WORDS["synthetic"][self._words.language] if self._words.is_synthetic else ""

    def _say(self, key: str, /, **pieces: str) -> str:
        return _WORDS[key][self._words.language].format(**pieces)


def leaves_in_words(models: ValueModels, words: TreeWords) -> list[str]:
    """Return every leaf as a sentence, its conditions put together per fact, the cheapest first.

    Parameters
    ----------
    models : ValueModels
    words : TreeWords
    """
    tree = models.tree_
    leaves = np.flatnonzero(tree.left_ < 0)
    lines = []
    for leaf in leaves[np.argsort(tree.value_[leaves], kind="stable")]:
        asked = [
            f"{words.name(item.feature)} {words.bounds(item)}"
            for item in conditions_of_leaf(tree, int(leaf), models.tree_columns_)
        ]
        amount = money(float(np.exp(tree.value_[leaf])), words.currency, words.language)
        n = _WORDS["sales"][words.language].format(n=number(int(tree.n_sales_[leaf]), words.language))
        lines.append(f"{amount} ({n}): {'; '.join(asked) or '–'}")
    return lines


def _text(x: float, y: float, text: str, look: str = "") -> str:
    return f"<text x='{x:.1f}' y='{y:.1f}' {look}>{escape(text)}</text>"


def _line(x: float, y: float, to_x: float, to_y: float, is_own: bool, *, is_dotted: bool = False) -> str:
    look = f"stroke='{_OWN}' stroke-width='2.5'" if is_own else f"stroke='{_LINE}' stroke-width='1'"
    dots = " stroke-dasharray='1 4'" if is_dotted and not is_own else ""
    return f"<line x1='{x:.1f}' y1='{y:.1f}' x2='{to_x:.1f}' y2='{to_y:.1f}' {look}{dots}/>"
