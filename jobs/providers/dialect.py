"""From the bytes of a price file to its fields as text: encoding, line ends, delimiter, titles, trailers."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from jobs.providers.headings import japanese, known, narrow
from jobs.providers.mapping import HEADER, NAME

if TYPE_CHECKING:
    from jobs.providers.reading import Reading

_KINDS: tuple[tuple[bytes, str], ...] = (
    (b"\x1f\x8b", "gzip"),
    (b"PK\x03\x04", "a ZIP archive or an Excel workbook"),
    (b"PK\x05\x06", "an empty ZIP archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"%PDF", "a PDF"),
    (b"PAR1", "Parquet"),
    (b"<!", "a web page"),
    (b"<html", "a web page"),
    (b"<head", "a web page"),
    (b"<?xml", "XML"),
    (b"{", "JSON"),
    (b"[{", "JSON"),
    (b"[[", "JSON"),
)
_BOM8, _BOMS16, _BOMS32 = b"\xef\xbb\xbf", (b"\xff\xfe", b"\xfe\xff"), (b"\xff\xfe\0\0", b"\0\0\xfe\xff")
_TITLES = 20  # lines above a header among which it is looked for
_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
_GLUED = re.compile(r"\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?\s*$|(?<!\d)\d{8}\s*$")
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.? ?\d{1,2}\b"
_ROW = re.compile(
    rf"\W*(?:\d{{1,4}}[-/.年]\d|\d{{8}}|{_MONTH}|\d{{1,2}} [a-z]{{3}})", re.ASCII | re.IGNORECASE
)
_SENTENCE = re.compile(rf"(?!\W*(?:[\d０-９]|{_MONTH})).{{12,}}", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of one file as text.

    Attributes
    ----------
    delimiter : str
        What parts the fields.
    header : list of str
        Names as they stand there, blanks around them cut.
    rows : list of list of str
        One list a row.
    lines : list of int
        Line number of each row, the first line of the file is 1.
    title_line : int
        Line number of the header.
    ended : bool
        Whether the last line of the file has its line end.
    """

    delimiter: str
    header: list[str]
    rows: list[list[str]]
    lines: list[int]
    title_line: int
    ended: bool


def fields_of(content: bytes, reading: Reading) -> Fields:
    """Return the fields of a file.

    Parameters
    ----------
    content : bytes
        The whole file.
    reading : Reading
        What is known of it; takes the notes.

    Returns
    -------
    Fields
        At least the header.

    Raises
    ------
    BadPriceFile
        For what is no text or no table.
    """
    encoding = _encoding(content, reading)
    text = _unified(_decoded(content, encoding, reading), reading)
    ended = text.endswith("\n")
    numbered = [(number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip()]
    if not numbered:
        reading.refuse(None, None, "is empty", f"bring rows under the header {','.join(HEADER)}")
    place, delimiter = _header_place(numbered, reading)
    table = _split(numbered[place:], delimiter, reading)
    if not (encoding.startswith("utf-16") and reading.mapping.trailer is None):
        table, ended = _without_trailer(table, ended, reading)
    lines = [number for number, _ in table]
    if lines[-1] - lines[0] >= len(lines):
        reading.note("blank lines between the rows", "no blank lines")
    header = [name.strip() for name in table[0][1]]
    return Fields(delimiter, header, [fields for _, fields in table[1:]], lines[1:], lines[0], ended)


def _decoded(content: bytes, encoding: str, reading: Reading) -> str:
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as trouble:
        _refuse_byte(content, encoding, trouble.start, reading)
    text = text.removeprefix("\ufeff")
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        reading.refuse(line, None, "holds a NUL byte", "save the file as UTF-8 text, without NUL bytes")
    if encoding != "utf-8":
        reading.note(f"text in {encoding}", "text in utf-8")
    return text


def _refuse_other_kinds(content: bytes, reading: Reading) -> None:
    start = content[:64].removeprefix(_BOM8).lstrip()
    for mark, kind in _KINDS:
        if start.startswith(mark) or start.lower().startswith(mark):
            remedy = "unpack it, or save its table as CSV in UTF-8"
            reading.refuse(None, None, f"is {kind}, not a table of text", remedy)


def _encoding(content: bytes, reading: Reading) -> str:
    _refuse_other_kinds(content, reading)
    if reading.mapping.encoding is not None:
        return reading.mapping.encoding
    if content.startswith(_BOMS32):
        reading.refuse(None, None, "is text in UTF-32", "save the file as UTF-8 text")
    if content.startswith(_BOMS16):
        return "utf-16"
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        head = content[:4096]
        return next((one for one in ("cp932", "euc_jp") if japanese(head.decode(one, "replace"))), "utf-8")
    return "utf-8"


def _refuse_byte(content: bytes, encoding: str, place: int, reading: Reading) -> NoReturn:
    what = f"the byte 0x{content[place]:02x} is not {'UTF-8' if encoding == 'utf-8' else encoding}"
    if encoding.startswith("utf-16"):
        reading.refuse(None, None, f"{what}: the file is damaged or cut short", "bring the file again")
    line = content.count(b"\n", 0, place) + 1
    reading.ask(
        line, None, what, 'encoding = "cp932", or its true encoding,', first="save the file as UTF-8 text"
    )


def _unified(text: str, reading: Reading) -> str:
    if "\r" not in text:
        return text
    text = text.replace("\r\n", "\n")
    if "\r" not in text:
        return text
    if "\n" not in text:
        reading.note("lines that end in a carriage return", "lines that end in a line feed")
        return text.replace("\r", "\n")
    line = text.count("\n", 0, text.index("\r")) + 1
    return reading.refuse(
        line, None, "a carriage return stands inside the line", "end lines in one way throughout"
    )


def _header_place(numbered: list[tuple[int, str]], reading: Reading) -> tuple[int, str]:
    """Return where among the lines the header stands, and its delimiter."""
    skip, told = reading.mapping.skip, reading.mapping.delimiter
    if skip is not None:
        passed = sum(number <= skip for number, _ in numbered)
        if passed == len(numbered):
            reading.refuse(None, None, f"has nothing below its first {skip} lines", f"correct skip in {NAME}")
        _check_no_rows(numbered[:passed], reading)
        return passed, told or _delimiter(numbered[passed][1], reading) or ","
    for place, (_, line) in enumerate(numbered[:_TITLES]):
        delimiter = _delimiter(line, reading)
        if delimiter is not None:
            _check_titles(numbered[:place], delimiter, numbered[place][0] - 1, reading)
            return place, told or delimiter
    return 0, told or ","


def _delimiter(line: str, reading: Reading) -> str | None:
    """Return what parts a header: the delimiter by which most known names stand there, two at least."""
    told, names = reading.mapping.delimiter, set(reading.mapping.columns.values())
    counts = {
        mark: sum(
            known(name) is not None or name.strip() in names for name in line.replace('"', "").split(mark)
        )
        for mark in ([told] if told else [",", ";", "\t"])
    }
    best = max(counts, key=lambda mark: counts[mark])
    if counts[best] < 2:
        return None
    if best != "," and told is None:
        reading.note(f"fields parted by {_DELIMITERS[best]}", "fields parted by commas")
    return best


def _check_titles(titles: list[tuple[int, str]], delimiter: str, lines: int, reading: Reading) -> None:
    _check_no_rows(titles, reading)
    for number, line in titles:
        if delimiter in line:
            what = f"'{line[:40]}' stands above the header"
            reading.ask(number, None, what, f"skip = {lines}", first="delete the lines above the header")
    if titles:
        reading.note(f"{len(titles)} title lines above the header", "the header on line 1")


def _check_no_rows(titles: list[tuple[int, str]], reading: Reading) -> None:
    for number, line in titles:
        if len(re.split(r"[,;\t|]", line)) > 2:  # a title may begin with a date
            _check_no_row(number, line, "above the header", reading)


def _check_no_row(number: int, text: str, where: str, reading: Reading) -> None:
    """Refuse a line that is about to be passed over and begins as a row does."""
    if _ROW.match(narrow(text)):
        what = f"'{text[:40]}' {where} is a row of prices"
        reading.refuse(number, None, what, "put the rows below the header, and other text nowhere among them")


def _split(numbered: list[tuple[int, str]], delimiter: str, reading: Reading) -> list[tuple[int, list[str]]]:
    return [
        (number, _quoted(number, line, delimiter, reading) if '"' in line else line.split(delimiter))
        for number, line in numbered
    ]


def _quoted(number: int, line: str, delimiter: str, reading: Reading) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True))
    except csv.Error as trouble:
        remedy = "bring plain comma-separated text, without quotation marks"
        reading.refuse(number, None, str(trouble), remedy)


def _without_trailer(
    table: list[tuple[int, list[str]]], ended: bool, reading: Reading
) -> tuple[list[tuple[int, list[str]]], bool]:
    """Return the table without the lines below its last row, and whether that row has its line end.

    Not for UTF-16 unless told: there the rows after a lost byte look like text of another script.
    """
    told = reading.mapping.trailer
    if told is not None:
        if told >= len(table):
            reading.refuse(None, None, f"has no {told} lines below a header", f"correct trailer in {NAME}")
        for number, fields in table[len(table) - told :]:
            _check_no_row(number, " ".join(fields), "below the last row", reading)
        return (table[:-told], True) if told else (table, ended)
    kept, longest = len(table), max((len(fields[0]) for _, fields in table if len(fields) > 1), default=0)
    while kept > 1 and _is_sentence(table[kept - 1][1], longest):
        kept -= 1
    if kept == len(table):
        return table, ended
    reading.note(f"{len(table) - kept} lines of text below the last row", "rows to the end")
    return table[:kept], True


def _is_sentence(fields: list[str], longest: int) -> bool:
    """Return whether a line can only be text: one field, longer than any date, that begins like none."""
    return len(fields) == 1 and len(fields[0]) > longest and _SENTENCE.match(fields[0]) is not None


def check_lengths(fields: Fields, reading: Reading) -> None:
    """Refuse a row that has not as many fields as the header.

    Parameters
    ----------
    fields : Fields
        The file.
    reading : Reading
        What is known of it.

    Raises
    ------
    BadPriceFile
        Names the line; and says so if two rows were glued together on it.
    """
    width = len(fields.header)
    for number, row in zip(fields.lines, fields.rows, strict=True):
        if len(row) == width:
            continue
        what = f"{len(row)} fields where the header has {width}"
        if len(row) in (2 * width - 1, 2 * width) and any(map(_GLUED.search, row[width - 1 : width + 1])):
            reading.refuse(
                number, None, f"{what}: two rows stand on one line", "put each row on its own line"
            )
        if number == fields.lines[-1]:
            reading.ask(number, None, what, "trailer = 1", first="bring the line whole, or delete it")
        reading.refuse(number, None, what, "bring the line whole, or delete it")
