"""A GPT by hand: the whole of it in plain Python, to be read aloud. It needs nothing but this file.

    python lib/models/microgpt/by_hand.py names.txt                a list of names, one a line: it learns them, and invents new ones
    python lib/models/microgpt/by_hand.py names.txt RUN            the same with the weights of a run that was trained in Handmade

It computes the very same as the fast one beside it (network.py, train.py): the same losses to the last digits, only some hundreds of times slower.
After Andrej Karpathy's microgpt (2026), written anew. Five chapters: numbers that remember, the network, learning, writing, the beginning.
"""

from __future__ import annotations

import json
import math
import random
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

# ---- 1. Numbers that remember ------------------------------------------------------------------------------------------
#
# To learn, we have to know of each number in the network: if it were a little larger, would the result be better or worse? So each number
# remembers the one or two numbers it was made of, and how much it moves when one of them moves (its slope). Then we can walk back from the result.


class Number:
    """A number, what it was made of, and how much the result moves when it moves."""

    __slots__ = ("value", "slope", "made_of", "slopes")

    def __init__(self, value: float, made_of: tuple[Number, ...] = (), slopes: tuple[float, ...] = ()):
        self.value, self.slope = value, 0.0
        self.made_of, self.slopes = made_of, slopes

    def __add__(self, other: Number) -> Number:
        """a + b moves as much as a moves, and as much as b moves."""
        return Number(self.value + other.value, (self, other), (1.0, 1.0))

    def __mul__(self, other: Number) -> Number:
        """a * b moves by b when a moves, and by a when b moves."""
        return Number(self.value * other.value, (self, other), (other.value, self.value))

    def to_the(self, power: float) -> Number:
        return Number(self.value**power, (self,), (power * self.value ** (power - 1),))

    def exp(self) -> Number:
        return Number(math.exp(self.value), (self,), (math.exp(self.value),))

    def log(self) -> Number:
        return Number(math.log(self.value), (self,), (1 / self.value,))

    def relu(self) -> Number:
        """Nothing where it is below nothing."""
        return Number(max(0.0, self.value), (self,), (float(self.value > 0),))

    def walk_back(self) -> None:
        """Tells every number behind this one how much this one moves when that one moves (the chain rule, from the end to the beginning)."""
        self.slope = 1.0
        for number in reversed(in_order(self)):
            for part, slope in zip(number.made_of, number.slopes):
                part.slope += slope * number.slope


def in_order(result: Number) -> list[Number]:
    """All numbers behind a result, each after those that it was made of."""
    order: list[Number] = []
    seen: set[Number] = set()
    waiting = [(result, False)]
    while waiting:
        number, is_ready = waiting.pop()
        if is_ready:
            order.append(number)
        elif number not in seen:
            seen.add(number)
            waiting.append((number, True))
            waiting.extend((part, False) for part in number.made_of)
    return order


# ---- 2. The network ----------------------------------------------------------------------------------------------------
#
# A row is a list of numbers, and means something: a letter, a place, a thought. A matrix is a list of rows. Everything the network knows is in
# its matrices; `weights` is all of them, by name.

Row = list[Number]
Matrix = list[Row]
Weights = dict[str, Matrix]


def total(numbers: Row) -> Number:
    whole = numbers[0]
    for number in numbers[1:]:
        whole = whole + number
    return whole


def fit(one: Row, other: Row) -> Number:
    """How well two rows go together: each number times its partner, added up."""
    return total([a * b for a, b in zip(one, other)])


def add(one: Row, other: Row) -> Row:
    return [a + b for a, b in zip(one, other)]


def through(matrix: Matrix, row: Row) -> Row:
    """Each new number is a sum of all the old ones, some counted more, some less: that is what the matrix says."""
    return [fit(weights, row) for weights in matrix]


def norm(row: Row) -> Row:
    """Makes every row equally loud, so that none drowns the others."""
    loudness = fit(row, row) * Number(1 / len(row))
    quieter = (loudness + Number(1e-5)).to_the(-0.5)
    return [number * quieter for number in row]


def shares(row: Row) -> Row:
    """Turns numbers of any size into shares of one whole: the larger, the more (softmax)."""
    most = max(number.value for number in row)
    powers = [(number + Number(-most)).exp() for number in row]
    whole = total(powers).to_the(-1)
    return [power * whole for power in powers]


def guess(weights: Weights, heads: int, token: int, place: int, memory: list[list[tuple[Row, Row]]]) -> Row:
    """Reads one letter, and says of each letter how likely it comes next (the larger, the likelier).

    memory: for each layer, what was offered and told by the letters before; this one's is added to it.
    """
    letter, stands = weights["letter.weight"][token], weights["place.weight"][place]    # which letter it is, and where it stands
    both = add(letter, stands)
    row = norm(both)
    for layer, remembered in enumerate(memory):
        name = f"layers.{layer}."

        # It looks back. From each letter come three rows: what it looks for, what it offers, and what it tells to whoever looks at it.
        level = norm(row)
        asked = through(weights[name + "ask.weight"], level)
        width = len(row)
        looks_for, offers, tells = asked[:width], asked[width : 2 * width], asked[2 * width :]
        remembered.append((offers, tells))
        brought: Row = []
        part = width // heads
        for head in range(heads):           # several look back at the same time, each at something else
            here = slice(head * part, (head + 1) * part)
            fits = [fit(looks_for[here], offered[here]) * Number(part**-0.5) for offered, _ in remembered]
            attention = shares(fits)        # how much it looks at each letter before
            brought += [fit(attention, [told[here][number] for _, told in remembered]) for number in range(part)]
        back = through(weights[name + "bring.weight"], brought)
        row = add(row, back)

        # It thinks: neurons, each of which speaks up for something of its own or is silent.
        level = norm(row)
        heard = through(weights[name + "wide.weight"], level)
        neurons = [neuron.relu() for neuron in heard]
        said = through(weights[name + "narrow.weight"], neurons)
        row = add(row, said)
    points = through(weights["next.weight"], row)
    return points


def surprises(weights: Weights, heads: int, document: list[int]) -> Row:
    """For each letter of a document, how much it surprises the network: minus the logarithm of the share that it gave to what really came."""
    memory: list[list[tuple[Row, Row]]] = [[] for _ in range(layers_of(weights))]
    each = []
    for place, (token, comes) in enumerate(zip(document, document[1:])):
        likely = shares(guess(weights, heads, token, place, memory))
        each.append(likely[comes].log() * Number(-1))
    return each


def surprise(weights: Weights, heads: int, document: list[int]) -> Number:
    """The same for the document as a whole: the mean."""
    each = surprises(weights, heads, document)
    return total(each) * Number(1 / len(each))


def layers_of(weights: Weights) -> int:
    return sum(name.endswith("ask.weight") for name in weights)


# ---- 3. Learning -------------------------------------------------------------------------------------------------------


def learn(weights: Weights, heads: int, documents: list[list[int]], learning_rate: float = 0.01, steps: int | None = None) -> Iterator[float]:
    """One document a step: yields how much each surprised it, and moves every weight a little, so that it surprises less.

    documents: of numbers, one for each step. steps: of the whole way, at whose end the steps are as small as nothing.
    """
    every = [number for matrix in weights.values() for row in matrix for number in row]
    pace, wobble = [0.0] * len(every), [0.0] * len(every)
    for step, document in enumerate(documents):
        loss = surprise(weights, heads, document)
        loss.walk_back()
        move(every, pace, wobble, step, learning_rate * (1 - step / (steps or len(documents))))
        yield loss.value


def move(every: Row, pace: list[float], wobble: list[float], step: int, rate: float) -> None:
    """Every weight a little against its slope (Adam). pace: of each weight, where it went lately; wobble: how much it was shaken. step: from 0."""
    for place, number in enumerate(every):
        pace[place] = 0.85 * pace[place] + 0.15 * number.slope
        wobble[place] = 0.99 * wobble[place] + 0.01 * number.slope**2
        goes, shakes = pace[place] / (1 - 0.85 ** (step + 1)), wobble[place] / (1 - 0.99 ** (step + 1))     # at first they know too little: made up for
        number.value -= rate * goes / (math.sqrt(shakes) + 1e-8)
        number.slope = 0.0


# ---- 4. Writing --------------------------------------------------------------------------------------------------------


def write(weights: Weights, heads: int, end: int, luck: random.Random, temperature: float = 0.7) -> list[int]:
    """Letter after letter by chance, until it says that this is the end, or its page is full."""
    memory: list[list[tuple[Row, Row]]] = [[] for _ in range(layers_of(weights))]
    written: list[int] = []
    token = end
    for place in range(len(weights["place.weight"])):
        likely = shares([number * Number(1 / temperature) for number in guess(weights, heads, token, place, memory)])
        [token] = luck.choices(range(len(likely)), [share.value for share in likely])
        if token == end:
            break
        written.append(token)
    return written


# ---- 5. The beginning --------------------------------------------------------------------------------------------------


def new_weights(tokens: int, context: int, width: int, layers: int, luck: random.Random) -> Weights:
    """It knows nothing yet: every number is noise."""

    def noise(rows: int, columns: int) -> Matrix:
        return [[Number(luck.gauss(0, 0.32 / math.sqrt(width))) for _ in range(columns)] for _ in range(rows)]

    weights = {"letter.weight": noise(tokens, width), "place.weight": noise(context, width)}
    for layer in range(layers):
        for name, rows, columns in (("ask", 3 * width, width), ("bring", width, width), ("wide", 4 * width, width), ("narrow", width, 4 * width)):
            weights[f"layers.{layer}.{name}.weight"] = noise(rows, columns)
    weights["next.weight"] = noise(tokens, width)
    return weights


def read_weights(file: Path) -> Weights:
    """The weights of a run, out of its model.safetensors: 8 bytes that say how long the list of names is, the list, then number after number."""
    content = file.read_bytes()
    (length,) = struct.unpack("<Q", content[:8])
    weights = {}
    for name, what in json.loads(content[8 : 8 + length]).items():
        if name == "__metadata__":
            continue
        (rows, columns), (start, stop) = what["shape"], what["data_offsets"]
        sort = {"F32": "f", "F64": "d"}[what["dtype"]]
        numbers = struct.unpack(f"<{rows * columns}{sort}", content[8 + length + start : 8 + length + stop])
        weights[name] = [[Number(number) for number in numbers[row * columns : (row + 1) * columns]] for row in range(rows)]
    return weights


def main(names: Path, run: Path | None = None, steps: int = 1000, context: int = 16, width: int = 16, heads: int = 4) -> None:
    luck = random.Random(0)
    lines = [line.strip() for line in names.read_text(encoding="utf-8").splitlines() if line.strip()]
    if run:
        facts = json.loads((run / "result" / "model.json").read_text(encoding="utf-8"))
        letters, heads, context = facts["tokens"]["letters"], facts["heads"], facts["context"]
        weights = read_weights(run / "result" / "model.safetensors")
    else:
        letters = sorted(set("".join(lines)))
        weights = new_weights(len(letters) + 1, context, width, 1, luck)
    end = len(letters)      # the mark before and after each name
    luck.shuffle(lines)
    documents = [[end, *(letters.index(letter) for letter in line if letter in letters), end][: context + 1] for line in lines]
    if run:
        seen = documents[:20]
        print(f"Surprise: {sum(surprise(weights, heads, document).value for document in seen) / len(seen):.4f} for each letter")
    else:
        order = [documents[step % len(documents)] for step in range(steps)]
        for step, loss in enumerate(learn(weights, heads, order), start=1):
            print(f"step {step:4d} of {steps}: surprise {loss:.4f}", end="\r", flush=True)
        print()
    for _ in range(20):
        print("".join(letters[token] for token in write(weights, heads, end, luck)))


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) == 3 else None)
