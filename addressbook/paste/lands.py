"""Which country a pasted text is about: by its name, by what only that country writes, by its script."""

from __future__ import annotations

import re
from functools import cache

from addressbook import addresses, countries, country_names, districts
from addressbook.paste import places

# Codes of three letters, where they stand alone in capitals.
_THREE_LETTERS = """
    AUS=AU GBR=GB CAN=CA NZL=NZ DEU=DE GER=DE FRA=FR ITA=IT ESP=ES NLD=NL CHE=CH SUI=CH AUT=AT BEL=BE SWE=SE DNK=DK
    NOR=NO FIN=FI POL=PL CZE=CZ HUN=HU PRT=PT BRA=BR MEX=MX IND=IN THA=TH PHL=PH IDN=ID VNM=VN ARE=AE TUR=TR GRC=GR
    IRL=IE ZAF=ZA ISR=IL JPN=JP KOR=KR CHN=CN TWN=TW MAC=MO SGP=SG MYS=MY HKG=HK LKA=LK SAU=SA ARG=AR
"""
# What only one country writes. The patterns are tried on one line at a time.
_SCRIPTS = (
    ("JP", re.compile(r"〒|[\u3040-\u30ff]")),
    ("KR", re.compile(r"[\uac00-\ud7a3]{2}")),
    ("TH", re.compile(r"[\u0e00-\u0e7f]{3}")),
)
_HABITS = (
    ("CN", re.compile(r"(?<![\u3400-\u9fff])(?:1\d{10})(?!\d)")),
    ("SG", re.compile(r"\bS ?\(?\d{6}\b\)?|#\d{2}-\d{2,4}\b.*\b\d{6}\b")),
    ("JE", re.compile(r"\bJE\d \d[A-Z]{2}\b")),
    ("GG", re.compile(r"\bGY\d{1,2} \d[A-Z]{2}\b")),
    ("IM", re.compile(r"\bIM\d \d[A-Z]{2}\b")),
    ("GB", re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}\b")),
    ("CA", re.compile(r"\b[A-Z]\d[A-Z] ?\d[A-Z]\d\b")),
    ("AU", re.compile(r"\b(?:NSW|VIC|QLD|TAS|ACT)\b,? ?\d{4}\b|[a-z] (?:WA|SA|NT) \d{4}$")),
    ("NL", re.compile(r"\b[1-9]\d{3} [A-Z]{2}\b(?! ?\d)")),
    ("BR", re.compile(r"\b\d{5}-\d{3}\b")),
    ("PT", re.compile(r"\b\d{4}-\d{3}\b")),
    ("PL", re.compile(r"\b\d{2}-\d{3}\b")),
)
_MARKED_POSTCODE = re.compile(r"\b(CH|D|DE|F|FR|I|IT|A|AT|B|BE|SE|S|DK|N|NL|L|E|ES)-(?=\d{4,5}\b|\d{3} \d{2}\b)")
_BY_MARK = {"D": "DE", "F": "FR", "I": "IT", "A": "AT", "B": "BE", "S": "SE", "N": "NO", "L": "LU", "E": "ES"}
_US_END = re.compile(
    r"(?:^|[ ,])([A-Za-z]{2}|[A-Z][a-z]+(?: [A-Z][a-z]+)?),? \d{5}(?:-\d{4})?(?=$| \(?\d{3}\)?[-. ]\d{3}[-.]\d{4}$)"
)
# Streets in a country's language, together with its postcodes before the town.
_LANGUAGES = (
    (
        "DE",
        re.compile(r"\w(?:straße|strasse|str\.|gasse|weg|platz|allee|ring|damm) \d"),
        re.compile(r"(?m)(?:^|, )\d{5} [A-ZÄÖÜ]"),
    ),
    (
        "AT",
        re.compile(r"\w(?:straße|strasse|str\.|gasse|weg|platz|allee|ring) \d"),
        re.compile(r"(?m)(?:^|, )\d{4} [A-ZÄÖÜ]"),
    ),
    (
        "FR",
        re.compile(
            r"\b(?:rue|boulevard|avenue|chemin|impasse|allée|quai|place) (?:de la |de l['’]|de |du |des |d['’])?[A-Z]"
        ),
        re.compile(r"(?m)(?:^|, )\d{5} [A-ZÉÈ]"),
    ),
    ("IT", re.compile(r"\b(?:[Vv]ia|[Vv]iale|[Pp]iazza|[Cc]orso) [A-Z]"), re.compile(r"(?m)(?:^|, )\d{5} [A-Z]")),
    ("ES", re.compile(r"\b(?:[Cc]alle|C/|Avda\.?|[Pp]laza|[Pp]aseo) ?[A-Zd]"), re.compile(r"(?m)(?:^|, )\d{5} [A-Z]")),
    ("SE", re.compile(r"\w(?:gatan|vägen|gränd) \d"), re.compile(r"(?m)(?:^|, )\d{3} ?\d{2} [A-ZÅÄÖ]")),
    ("FI", re.compile(r"\w(?:katu|tie|kuja) \d"), re.compile(r"(?m)(?:^|, )\d{5} [A-ZÅÄÖ]")),
)
_AREA = re.compile(r"\b(?:Kowloon|KLN|New Territories|HK|HKSAR)\b|\bH\.K\.|\bN\.T\.|\bNT$", re.IGNORECASE)
_SPELT = str.maketrans({"(": " ", ")": " ", ",": " ", "&": " and ", "’": "'"})
_HAN = re.compile(r"[\u3400-\u9fff]")


def folded(text: str) -> str:
    """Fold a name of a country to what its spellings share."""
    return " ".join(places.traditional(text).casefold().translate(_SPELT).split())


@cache
def _by_name() -> dict[str, str]:
    found = {
        folded(countries.name(code, language)): code
        for language in ("en", "zh-hant", "zh-hans")
        for code in countries.codes()
    }
    return found | {folded(alias): codes[0] for alias, codes in country_names.aliases().items() if len(codes) == 1}


@cache
def _by_three_letters() -> dict[str, str]:
    return {pair[:3]: pair[4:] for pair in _THREE_LETTERS.split()}


def named(text: str) -> str:
    """Return the code of the country that a whole text names, or nothing."""
    text = text.strip(" .,;()-")
    found = _by_name().get(folded(text)) or _by_name().get(folded(text.rstrip(".") + "."))
    if found:
        return found
    if found := _by_three_letters().get(text):
        return found
    return text if len(text) == 2 and text.isupper() and text in countries.codes() else ""


def is_state_code(text: str, behind: str) -> bool:
    """Tell whether two letters before a postcode are a state's, as in "PA 15222", and not a country's."""
    words = f"{text} {behind}".split()
    return (
        len(words) > 1
        and len(words[0]) == 2
        and words[1][:4].isdigit()
        and any(addresses.state_named(code, words[0]) for code in ("US", "AU"))
    )


def is_channel_island(text: str) -> bool:
    """Tell whether a text names Jersey or Guernsey, or has one of their postcodes."""
    return named(text) in {"JE", "GG"} or re.search(r"\b(?:JE|GY)\d{1,2} \d[A-Z]{2}\b", text) is not None


def named_at_end(text: str) -> tuple[str, str]:
    """Return the country whose name ends a text, and what stands before it; nothing and the text where none does."""
    words = text.split(" ")
    for count in (4, 3, 2, 1):
        if count < len(words):
            tail = " ".join(words[-count:])
            if len(tail) > 2 and (code := named(tail)) and not _part_of_name(words[:-count], tail):
                return code, " ".join(words[:-count]).rstrip(" ,-")
    return "", text


def _part_of_name(before: list[str], tail: str) -> bool:
    """Tell whether a country's name is only the end of another: "Bank of China", "Prince Edward Road, Jordan"."""
    return before[-1].casefold() in {"of", "the", "de", "new", "(", "&", "and"} or (
        tail.startswith("(") and not any(word[:4].isdigit() for word in before)  # "29900 Concarneau (France)"
    )


def by_writing(lines: list[str]) -> str:
    """Return the country that its script or its provinces and cities in Chinese tell for certain, or nothing."""
    if code := _by_chinese_area("\n".join(lines)):
        return code
    return next((code for code, pattern in _SCRIPTS if any(pattern.search(line) for line in lines)), "")


def by_habit(lines: list[str]) -> str:
    """Return the country that writes its postcodes so: likely, and not certain. Nothing where none does."""
    for line in lines:
        if mark := _MARKED_POSTCODE.search(line):
            return _BY_MARK.get(mark.group(1), mark.group(1))
    for code, pattern in _HABITS:
        if any(pattern.search(line) for line in lines):
            return code
    text = "\n".join(lines)
    for code, streets, towns in _LANGUAGES:
        if streets.search(text) and towns.search(text):
            return code
    for line in lines:
        match = _US_END.search(line)
        if match and addresses.state_named("US", match.group(1)):
            return "US"
    return ""


def _by_chinese_area(text: str) -> str:
    """Tell Macao, Taiwan and the Mainland by the provinces and cities with which their addresses begin."""
    if not _HAN.search(text):
        return ""
    known = places.traditional(text)
    if "澳門" in known or "氹仔" in known:
        return "MO"
    for code in ("TW", "CN", "JP"):
        if any(
            name[-1] in "省市縣县区都道府県" and places.traditional(name) in known
            for name in addresses.local_states(code)
        ):
            return code
    return ""


def is_hong_kong(texts: list[str]) -> bool:
    """Tell whether a part of the text names an area or a locality of Hong Kong."""
    for text in texts:
        if districts.find_area(text.strip(" .")) or places.in_english(text) or _AREA.search(text):
            return True
        if _HAN.search(text) and (places.starts_in_chinese(text) or places.in_chinese(text)):
            return True
    return False
