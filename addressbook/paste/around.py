"""What stands around an address and is none of it: greetings, wishes, numbers of orders, who sends it."""

from __future__ import annotations

import re

from addressbook.paste import labels

# A firm's number at a register or for taxes.
_REGISTERED = re.compile(
    r"^(?:ABN|ACN|VAT(?: ?(?:no|reg))?|P\.? ?IVA|C\.?F|NIP|CIF|NIF|UID|USt-?Id|SIRET|SIREN|EORI|GST(?:IN)?|CNPJ|CPF|RFC"
    r"|TVA|BR(?: no)?|CR(?: no)?|UEN|EIN|Tax ID|KvK|BTW|CVR|Org\.? ?nr|統一編號|統編|商業登記)"
    r"\b[ .:#]{0,3}[A-Z]{0,3}[\d ./-]{5}",
    re.IGNORECASE,
)
# A number that the order has, and no address.
_ORDER = re.compile(
    r"^(?:order|invoice|ref(?:erence)?|booking|tracking|parcel|訂單|订单|單號|单号|訂單編號"
    r"|订单编号|訂單號碼|订单号|快遞單號|快递单号|運單號|运单号)(?:\b|(?<=[\u3400-\u9fff]))"
    r"(?: (?:no|number|id))?[ .:#：]{0,3}[A-Z-]{0,5}\d{3}",
    re.IGNORECASE,
)
# When and how to deliver, and what to do at the door.
_WISH = re.compile(
    r"^\(?(?:(?:please |pls |kindly )?(?:buzz|ring|knock|leave|drop off|call (?:before|me|us|on|upon|when)|do not)\b"
    r"|gate code|door ?code|open(?:ing)? ?\d|closed\b"
    r"|(?:deliver(?:y|ies)?|open|opening|office)? ?(?:hours?|only|between|after \d|before \d|weekdays?|weekends?)\b"
    r"|(?:deliver(?:y|ies)? |open(?:ing)? )?(?:mon|tue|wed|thu|fri|sat|sun)(?:day|s|sday|nesday|rsday|urday)?\b"
    r"(?=[ ,]*(?:[-–&\d,]|to\b|and\b|after|before|between|only|$))"
    r"|(?:fragile|urgent|handle with care|signature required|no junk)\b)",
    re.IGNORECASE,
)
_HEADING = re.compile(r"[^\d:：]{2,40}[:：]")  # "Billing & shipping:"
# How messages begin: "hi pls send it to Flat 3 ...".
_LEAD = re.compile(
    r"^(?:(?:hi|hello|hey|dear \w+)[ ,!]{0,3})?(?:(?:pls|plz|please|kindly|could you|can you) )?(?:help )?(?:to )?"
    r"(?:send|ship|deliver|delivery|post|mail)(?: (?:it|this|them|the \w+|my \w+))? to:? ",
    re.IGNORECASE,
)
_WHOM = re.compile(r"((?:Mr|Ms|Mrs|Miss|Dr)\b\.? [\w.'’-]{2,20}(?: [\w.'’-]{2,20}){0,3}?) at ")  # "to Ms Hsu at Room 3"
_FRAGMENT = re.compile(r"[a-z’' ]{2,40}")
_LEAD_CLAUSE = re.compile(r"^(?![a-z]\W)[a-z][^:：,|]{2,60}[:：] (?=\S)")


def lead(line: str) -> tuple[str, str]:
    """Return how a message begins, and what follows."""
    found = _LEAD.match(line)
    if found and (whom := _WHOM.match(line, found.end())):
        return found.group().strip(), f"{whom.group(1)} | {line[whom.end() :]}"
    return (found.group().strip(), line[found.end() :]) if found else ("", line)


def lead_clause(text: str) -> tuple[str, str]:
    """Return the clause that announces what follows, "our new office from March: ...", and the rest."""
    clause = _LEAD_CLAUSE.match(text)
    return (clause.group().strip(" :："), text[clause.end() :]) if clause else ("", text)


def is_fragment(text: str) -> bool:
    """Tell whether a text is a few small words, such as stand before a label: "our new | address: ..."."""
    return _FRAGMENT.fullmatch(text.strip()) is not None


def is_heading(line: str) -> bool:
    """Tell whether a line announces the next ones and is no label: "Billing & shipping:"."""
    return _HEADING.fullmatch(line) is not None and not labels.find(line)


def is_number(text: str) -> bool:
    """Tell whether a text is the number of an order, or a firm's at a register or for taxes."""
    return _REGISTERED.match(text) is not None or _ORDER.match(text) is not None


def is_wish(text: str) -> bool:
    """Tell whether a text says when and how to deliver."""
    return _WISH.match(text) is not None


def without_sender(lines: list[str]) -> tuple[list[str], list[str]]:
    """Part the lines of a label into those for whom it is, and those from whom, where both are said."""
    heads = [next((label.kind for label in labels.find(line) if label.start == 0), "") for line in lines]
    if "sender" not in heads or not {"name", "free"} & set(heads):
        return lines, []
    to, by, is_sender = list[str](), list[str](), False
    for line, head in zip(lines, heads, strict=True):
        is_sender = head == "sender" or (is_sender and head not in {"name", "free"})
        (by if is_sender else to).append(line)
    return to, by
