"""Documents made of the label model: labels, customs forms, certificates of posting."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from labels import drawing, typesetting
from labels.model import CustomsForm, LabelData, Layout, Output

MAX_LABELS = 200  # a document; more are several documents, so that no one compilation holds a worker for long
STARTS = range(1, 5)
CN22_MOST_LINES, CN22_MOST_LETTERS = 4, 160
# Forms that stand apart: paper that the same printer holds, else the forms' own sizes.
PAGE_OF_FORM = {Layout.THERMAL: (100, 150), Layout.A4: (210, 297)}
OWN_PAGE_OF_FORM = {CustomsForm.CN22: (105, 148), CustomsForm.CN23: (210, 148)}


class TooMany(Exception):
    """More items than one document may hold."""


def labels(items: Sequence[LabelData], *, layout: Layout, output: Output, start: int = 1) -> list[bytes]:
    """Return one PDF, or one PNG a page, with the labels of all items and the customs forms that stand apart.

    `start` is the first place used on an A4 sheet, 1 to 4; other layouts have one place. Raises TooMany.
    """
    if len(items) > MAX_LABELS:
        raise TooMany(len(items))
    data = {
        "title": _title("Label 郵件標籤", items),
        "layout": str(layout),
        "start": start if layout == Layout.A4 and start in STARTS else 1,
        "items": [_item(item, layout) for item in items],
    }
    return typesetting.compile_document("label.typ", data, output)


def customs_forms(items: Sequence[LabelData], *, layout: Layout, output: Output) -> list[bytes]:
    """Return the customs forms alone, each on pages of its own; items which need none are left out."""
    wanted = [_item(item, layout, inline=False) for item in items if item.customs]
    data = {"title": _title("Customs declaration 報關單", items), "items": wanted}
    return typesetting.compile_document("customs.typ", data, output)


def receipt(item: LabelData, *, output: Output) -> list[bytes]:
    """Return the certificate of posting, for the counter to stamp."""
    data = {"title": _title("Certificate of posting 投寄證明書", [item]), "item": _item(item, Layout.NATIVE)}
    return typesetting.compile_document("receipt.typ", data, output)


def _title(name: str, items: Sequence[LabelData]) -> str:
    if len(items) == 1 and items[0].item_number:
        return f"{name} {items[0].item_number}"
    return name


def _item(item: LabelData, layout: Layout, *, inline: bool | None = None) -> dict[str, Any]:
    drawn = drawing.label(item)
    if item.customs:
        drawn["customs"]["inline"] = customs_fits(item, layout) if inline is None else inline
        drawn["customs"]["page"] = PAGE_OF_FORM.get(layout) or OWN_PAGE_OF_FORM[item.customs.form]
    return drawn


def customs_fits(item: LabelData, layout: Layout) -> bool:
    """Tell whether the declaration is a CN22 short enough to stand legibly on the label itself."""
    customs = item.customs
    if customs is None or customs.form != CustomsForm.CN22:
        return False
    roomy = layout != Layout.NATIVE or item.service.height_mm >= 125
    letters = sum(len(line.description) for line in customs.lines)
    return roomy and len(customs.lines) <= CN22_MOST_LINES and letters <= CN22_MOST_LETTERS
