"""Fixed wording of the forms, in both languages as postal forms have it; fitted and drawn from here alone."""

from __future__ import annotations

from labels.model import Category

CERTIFY = (
    (
        "I certify that these particulars are correct and that this item holds nothing dangerous or forbidden by law "
        "or by postal or customs rules."
    ),
    "本人證明以上資料正確，郵件內並無危險品或法例、郵政或海關規例所禁寄的物品。",
)
CATEGORIES = {
    Category.GIFT: ("Gift", "禮物"),
    Category.DOCUMENTS: ("Documents", "文件"),
    Category.SAMPLE: ("Commercial sample", "商業樣本"),
    Category.SALE: ("Sale of goods", "貨品銷售"),
    Category.RETURNED: ("Returned goods", "退回貨品"),
    Category.OTHER: ("Other", "其他"),
}
COLUMNS = (
    ("Quantity and contents", "數量及內載物品"),
    ("kg", "淨重"),
    ("Value", "價值"),
    ("HS code", "稅則號"),
    ("Origin", "原產地"),
)
TOTAL = ("Total", "合計")
INVOICE_COLUMNS = {
    "number": ("No.", "項"),
    "description": ("Description of goods", "貨品名稱"),
    "hs": ("HS code", "稅則號"),
    "origin": ("Origin", "原產地"),
    "quantity": ("Quantity", "數量"),
    "weight": ("Net kg", "淨重"),
    "unit": ("Unit value", "單價"),
    "value": ("Total value", "總值"),
}
DECLARE = (
    (
        "I declare that this invoice is true and complete, that the values are those at which the goods were sold, "
        "and that the goods come from the countries named as their origin."
    ),
    "本人聲明本發票內容真實完整，所列價值為貨品的成交價，貨品產自所列的原產地。",
)


def as_data() -> dict[str, object]:
    return {
        "certify": CERTIFY,
        "categories": [(str(category), *names) for category, names in CATEGORIES.items()],
        "columns": COLUMNS,
        "total": TOTAL,
    }


def for_invoice() -> dict[str, object]:
    return {
        "columns": list(INVOICE_COLUMNS.values()),
        "total": TOTAL,
        "reasons": {str(category): names for category, names in CATEGORIES.items()},
        "declare": DECLARE,
    }
