"""Words for queries: what a term asks for, what is wrong with one, what pictures are sorted by."""

from PySide6.QtCore import QCoreApplication

from loraferry.library.order import OrderKey
from loraferry.library.query import (
    And,
    Bucket,
    Compare,
    Measure,
    Node,
    Not,
    Or,
    Place,
    State,
    StateName,
    Tag,
    Text,
)
from loraferry.library.query_parser import MAX_DEPTH, MAX_LENGTH, ErrorCode, QueryError
from loraferry.texts.quantities import number_text

_SIGNS = {"<": "<", "<=": "≤", ">": ">", ">=": "≥", "=": "="}


def term_text(node: Node) -> str:
    """What a term asks for, short enough for a chip."""
    translate = QCoreApplication.translate
    if isinstance(node, Not):
        return translate("Query", "not {what}").format(what=_grouped(node.part))
    if isinstance(node, And):
        return translate("Query", " and ").join(_grouped(part) for part in node.parts)
    if isinstance(node, Or):
        return translate("Query", " or ").join(_grouped(part) for part in node.parts)
    if isinstance(node, Compare):
        return f"{measure_text(node.measure)} {_SIGNS[node.operator]} {number_text(node.number)}"
    if isinstance(node, Bucket):
        return translate("Query", "bucket {width} × {height}").format(width=node.size[0], height=node.size[1])
    if isinstance(node, State):
        return state_text(node.state)
    if isinstance(node, Tag):
        return translate("Query", "tag {text}").format(text=node.pattern)
    return _text(node)


def _grouped(node: Node) -> str:
    return f"({term_text(node)})" if isinstance(node, And | Or) else term_text(node)


def _text(leaf: Text) -> str:
    translate = QCoreApplication.translate
    if leaf.place == "concept" and not leaf.pattern:
        return translate("Query", "in no concept")
    templates: dict[Place, str] = {
        "any": translate("Query", "“{text}”"),
        "caption": translate("Query", "caption “{text}”"),
        "name": translate("Query", "name “{text}”"),
        "folder": translate("Query", "folder “{text}”"),
        "concept": translate("Query", "concept “{text}”"),
    }
    return templates[leaf.place].format(text=leaf.pattern)


def state_text(state: StateName) -> str:
    """What pictures are called that are so."""
    translate = QCoreApplication.translate
    texts: dict[StateName, str] = {
        "keep": translate("Query", "kept"),
        "reject": translate("Query", "rejected"),
        "unsure": translate("Query", "unsure"),
        "open": translate("Query", "without a verdict"),
        "approved": translate("Query", "to be trained"),
        "new": translate("Query", "new since the last training"),
        "broken": translate("Query", "cannot be read"),
        "captioned": translate("Query", "with a caption"),
        "uncaptioned": translate("Query", "without a caption"),
        "tags": translate("Query", "captioned by tags"),
        "prose": translate("Query", "captioned in sentences"),
        "cropped": translate("Query", "cropped"),
        "turned": translate("Query", "turned"),
        "flipped": translate("Query", "flipped"),
        "masked": translate("Query", "with a mask"),
        "portrait": translate("Query", "higher than wide"),
        "landscape": translate("Query", "wider than high"),
        "square": translate("Query", "square"),
    }
    return texts[state]


def measure_text(measure: Measure) -> str:
    """What is compared with a number."""
    translate = QCoreApplication.translate
    texts: dict[Measure, str] = {
        "blur": translate("Query", "blur"),
        "dark": translate("Query", "black share"),
        "bright": translate("Query", "burnt-out share"),
        "noise": translate("Query", "noise"),
        "border": translate("Query", "border share"),
        "stars": translate("Query", "stars"),
        "size": translate("Query", "shorter side"),
        "width": translate("Query", "width"),
        "height": translate("Query", "height"),
        "pixels": translate("Query", "pixels"),
        "mp": translate("Query", "megapixels"),
        "ratio": translate("Query", "width by height"),
        "tokens": translate("Query", "tokens"),
        "tags": translate("Query", "number of tags"),
        "words": translate("Query", "words"),
    }
    return texts[measure]


def key_text(key: str) -> str:
    """What the pictures have that a key asks for, such as `tag:`."""
    translate = QCoreApplication.translate
    texts = {
        "tag:": translate("Query", "a tag; * stands for anything"),
        "is:": translate("Query", "how a picture is"),
        "caption:": translate("Query", "words in the caption"),
        "name:": translate("Query", "part of the file’s name"),
        "folder:": translate("Query", "part of the folder’s name"),
        "concept:": translate("Query", "a concept’s title"),
    }
    return texts[key]


def error_text(error: QueryError) -> str:
    """What is wrong with a part of a query, and what would be right."""
    translate = QCoreApplication.translate
    texts: dict[ErrorCode, str] = {
        "quote_open": translate("Query", "The closing quotation mark is missing."),
        "bracket_open": translate("Query", "The closing bracket is missing."),
        "bracket_extra": translate("Query", "This bracket closes nothing."),
        "value_missing": translate("Query", "Something has to follow here, without a space: tag:smile, stars>=3."),
        "number_wrong": translate("Query", "“{value}” is not a number. Write one such as 0.3, 50% or 512..768."),
        "size_wrong": translate("Query", "“{value}” is not a bucket. Write its pixels, such as 832x1216."),
        "state_unknown": translate("Query", "“{value}” is nothing that a picture can be. Try is:keep or is:new."),
        "key_unknown": translate("Query", "Is “{value}:” meant? As it stands, these letters are looked for."),
        "operator_wrong": translate("Query", "Put a colon here instead of “{value}”."),
        "part_missing": translate("Query", "Something has to stand beside this."),
        "too_deep": translate("Query", "More than {depth} brackets inside each other are not understood."),
        "too_long": translate("Query", "More than {length} letters are not understood."),
    }
    return texts[error.code].format(value=error.value, depth=MAX_DEPTH, length=MAX_LENGTH)


def order_text(key: OrderKey) -> str:
    """What pictures are sorted by."""
    translate = QCoreApplication.translate
    texts: dict[OrderKey, str] = {
        "name": translate("Order", "Name"),
        "date": translate("Order", "Date"),
        "bytes": translate("Order", "File size"),
        "pixels": translate("Order", "Pixels"),
        "size": translate("Order", "Shorter side"),
        "ratio": translate("Order", "Width by height"),
        "verdict": translate("Order", "Verdict"),
        "stars": translate("Order", "Stars"),
        "concept": translate("Order", "Concept"),
        "tokens": translate("Order", "Tokens of the caption"),
        "length": translate("Order", "Length of the caption"),
        "blur": translate("Order", "Blur"),
        "dark": translate("Order", "Black share"),
        "bright": translate("Order", "Burnt-out share"),
        "noise": translate("Order", "Noise"),
        "border": translate("Order", "Border share"),
        "exposure": translate("Order", "Brightness"),
        "similar": translate("Order", "Likeness"),
        "random": translate("Order", "Random"),
    }
    return texts[key]
