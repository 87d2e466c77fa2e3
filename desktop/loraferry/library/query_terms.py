"""Queries that are changed by clicks: a term is added where it is missing, and taken out where it is there."""

from loraferry.library.query import Bucket, Compare, Node, Or, leaves
from loraferry.library.query_parser import parse


def toggled(text: str, query: str) -> str:
    """The text of a query with all terms of another one added; without them, where it has all of them already.

    What is compared or which bucket it is can only be asked once: the new one takes the old one's place.
    """
    present, wanted = parse(text), parse(query)
    nodes = {term.node for term in wanted.terms}
    if nodes and nodes <= {term.node for term in present.terms}:
        return present.without(term for term in present.terms if term.node in nodes)
    kinds = {kind for node in nodes if (kind := _kind(node))}
    outdated = [term for term in present.terms if term.node in nodes or _kind(term.node) in kinds]
    added = [f"({query})" if isinstance(term.node, Or) else query[term.start : term.stop] for term in wanted.terms]
    kept = present.without(outdated)
    if isinstance(parse(kept).node, Or):
        # Else what is added would belong to the last alternative alone.
        kept = f"({kept})"
    return " ".join((kept, *added)).strip()


def holds(text: str, query: str) -> bool:
    """Whether a query has all terms of another one."""
    nodes = {term.node for term in parse(query).terms}
    return bool(nodes) and nodes <= {term.node for term in parse(text).terms}


def _kind(node: Node) -> str:
    """What a term asks that has one answer only: a measure, or the bucket; empty for all others."""
    if isinstance(node, Bucket):
        return "bucket"
    measures = {leaf.measure if isinstance(leaf, Compare) else "" for leaf in leaves(node)}
    return measures.pop() if len(measures) == 1 else ""
