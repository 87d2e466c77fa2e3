"""Two edits of one caption, made apart from the same text, as one text."""

from loraferry_core.dataset.caption import joined, style_of, tags


def merged(base: str, ours: str, theirs: str) -> str | None:
    """What `base` becomes with both edits; None where they cannot be told to go together.

    Of tags each edit's additions and removals count, in the order of `theirs`; sentences go together only where one
    side has changed nothing.
    """
    if theirs == base or ours == theirs:
        return ours
    if ours == base:
        return theirs
    if any(style_of(text) != "tags" for text in (base, ours, theirs) if text):
        return None
    before, mine, other = tags(base), tags(ours), tags(theirs)
    if len(before) <= 1 and not {*mine, *other} & {*before}:
        # Both have written all of it: two texts, not two lists.
        return None
    removed = set(before) - set(mine)
    kept = [tag for tag in other if tag not in removed]
    added = [tag for tag in mine if tag not in set(before) | set(other)]
    return joined(kept + added)
