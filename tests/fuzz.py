"""Damage for readers of bytes: cut at every byte, flipped bytes, lines in disorder; seeded."""

import random
from collections.abc import Iterator
from itertools import count


def damages(content: bytes, *, cases: int, seed: int = 0) -> Iterator[tuple[str, bytes]]:
    """Yield exactly ``cases`` pairs of (what was done, damaged bytes).

    First every truncation, from no byte at all to all but the last (as many as ``cases`` allow), then flipped
    bytes, lines shuffled, doubled, lost and glued together, in turn. Damage may by chance change nothing.
    """
    for length in range(min(cases, len(content))):
        yield f"cut to {length} bytes", content[:length]
    rng = random.Random(seed)
    for number in count(min(cases, len(content))):
        if number >= cases:
            return
        name, damage = KINDS[number % len(KINDS)]
        yield f"{name}, case {number} of seed {seed}", damage(content, rng)


def flipped(content: bytes, rng: random.Random) -> bytes:
    """Return the bytes with one to four of them replaced by any others."""
    return _replaced(content, rng, range(256))


def retyped(content: bytes, rng: random.Random) -> bytes:
    """Return the bytes with one to four of them replaced by characters that tables are made of."""
    return _replaced(content, rng, b"0123456789.,-+eE;:\t\"'/ \r\n")


def shuffled(content: bytes, rng: random.Random) -> bytes:
    """Return the lines in another order: all of them, or two that changed places."""
    lines = content.splitlines(keepends=True)
    if rng.random() < 0.5 and len(lines) > 1:
        one, other = rng.sample(range(len(lines)), 2)
        lines[one], lines[other] = lines[other], lines[one]
    else:
        rng.shuffle(lines)
    return b"".join(lines)


def doubled(content: bytes, rng: random.Random) -> bytes:
    """Return the lines with one of them standing a second time, next to itself or elsewhere."""
    lines = content.splitlines(keepends=True)
    place = rng.randrange(len(lines))
    lines.insert(rng.choice((place, rng.randrange(len(lines) + 1))), lines[place])
    return b"".join(lines)


def lost(content: bytes, rng: random.Random) -> bytes:
    """Return the bytes without one stretch of up to eighty of them, as a broken copy leaves them."""
    start = rng.randrange(len(content))
    return content[:start] + content[start + rng.randint(1, 80) :]


def glued(content: bytes, rng: random.Random) -> bytes:
    """Return the lines with the end of one of them gone, or a comma in its place."""
    lines = content.splitlines(keepends=True)
    place = rng.randrange(len(lines))
    lines[place] = lines[place].rstrip(b"\r\n") + rng.choice((b"", b","))
    return b"".join(lines)


KINDS = (
    ("flipped", flipped),
    ("retyped", retyped),
    ("shuffled", shuffled),
    ("doubled", doubled),
    ("a stretch lost", lost),
    ("glued", glued),
)


def _replaced(content: bytes, rng: random.Random, alphabet) -> bytes:
    damaged = bytearray(content)
    for _ in range(rng.randint(1, 4)):
        damaged[rng.randrange(len(damaged))] = rng.choice(alphabet)
    return bytes(damaged)
