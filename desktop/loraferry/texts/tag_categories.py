"""Words for the categories of tags, as lists of tags have them."""

from PySide6.QtCore import QCoreApplication


def category_text(category: str) -> str:
    """What a category is called; a list's own word where it is unknown."""
    return _texts().get(category, category)


def categories() -> tuple[str, ...]:
    """All that are known, in the order in which tags are usually written."""
    return tuple(_texts())


def _texts() -> dict[str, str]:
    translate = QCoreApplication.translate
    return {
        "quality": translate("TagCategory", "Quality"),
        "character": translate("TagCategory", "Character"),
        "copyright": translate("TagCategory", "Series"),
        "artist": translate("TagCategory", "Artist"),
        "species": translate("TagCategory", "Species"),
        "subject": translate("TagCategory", "Who"),
        "hair": translate("TagCategory", "Hair"),
        "eyes": translate("TagCategory", "Eyes"),
        "face": translate("TagCategory", "Face"),
        "expression": translate("TagCategory", "Expression"),
        "body": translate("TagCategory", "Body"),
        "clothes": translate("TagCategory", "Clothes"),
        "accessory": translate("TagCategory", "Accessory"),
        "pose": translate("TagCategory", "Pose"),
        "action": translate("TagCategory", "Action"),
        "general": translate("TagCategory", "General"),
        "object": translate("TagCategory", "Thing"),
        "animal": translate("TagCategory", "Animal"),
        "food": translate("TagCategory", "Food"),
        "vehicle": translate("TagCategory", "Vehicle"),
        "view": translate("TagCategory", "View"),
        "framing": translate("TagCategory", "Framing"),
        "background": translate("TagCategory", "Background"),
        "place": translate("TagCategory", "Place"),
        "nature": translate("TagCategory", "Nature"),
        "lighting": translate("TagCategory", "Light"),
        "colour": translate("TagCategory", "Colour"),
        "style": translate("TagCategory", "Style"),
        "medium": translate("TagCategory", "Medium"),
        "photo": translate("TagCategory", "Photo"),
        "meta": translate("TagCategory", "Meta"),
    }
