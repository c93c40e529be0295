"""Which country a pasted text is about: by its name, by what only that country writes, by its script."""

from __future__ import annotations

import re
from functools import cache

from addressbook import addresses, countries, districts
from addressbook.paste import places

# Other names of countries, as people write them: their own languages, short forms, parts that stand for the whole.
_ALIASES = {
    "HK": """
        hk, h.k., hksar, hong kong sar, hong kong s.a.r., hong kong sar china, hong kong china, hongkong,
        中國香港, 中国香港, 香港特別行政區
    """,
    "US": "usa, u.s.a., us, u.s., united states of america, america, estados unidos, 美利堅合眾國, 美國",
    "GB": "uk, u.k., great britain, britain, england, scotland, wales, northern ireland, 英國",
    "CA": "加拿大",
    "AU": "澳洲",
    "NZ": "aotearoa, 新西蘭, 紐西蘭",
    "JP": "nippon, 日本, 日本国",
    "KR": "korea, south korea, republic of korea, rep. of korea, s. korea, 대한민국, 한국, 韓國, 南韓",
    "TW": "taiwan, taiwan roc, taiwan r.o.c., 台灣, 臺灣",
    "CN": """
        china, p.r. china, pr china, p.r.china, prc, p.r.c., people's republic of china, mainland china, china mainland,
        中國, 中国, 中國大陸, 中国大陆, 中國內地, 中国内地, 中華人民共和國, 中华人民共和国
    """,
    "MO": "macau, macao, macau sar, macao sar, macau sar china, macao sar china, 澳門, 中國澳門, 中国澳门",
    "SG": "singapore, s'pore, republic of singapore, 新加坡",
    "MY": "malaysia, 馬來西亞",
    "DE": "deutschland, allemagne, 德國",
    "FR": "frankreich, 法國",
    "IT": "italia, italie, 意大利",
    "ES": "españa, espana, 西班牙",
    "NL": "the netherlands, nederland, holland, pays-bas, 荷蘭",
    "CH": "schweiz, suisse, svizzera, swiss, 瑞士",
    "AT": "österreich, oesterreich, autriche, 奧地利",
    "BE": "belgië, belgie, belgique, belgien",
    "SE": "sverige, schweden",
    "DK": "danmark",
    "NO": "norge",
    "FI": "suomi, finnland, finlande",
    "PL": "polska, polen, pologne, poland",
    "CZ": "česko, czech republic, česká republika, ceska republika, tschechien, čr",
    "SK": "slovensko, slovak republic, slovakia",
    "SI": "slovenija, slowenien",
    "EE": "eesti",
    "LV": "latvija",
    "LT": "lietuva",
    "BG": "българия, bulgaria",
    "RS": "srbija, србија",
    "IS": "ísland, island (is)",
    "LU": "lëtzebuerg, luxemburg",
    "CY": "kypros, κύπρος",
    "MT": "malta",
    "KE": "kenya",
    "NG": "nigeria",
    "EG": "egypt, misr",
    "MA": "maroc, morocco",
    "SA": "ksa, k.s.a., saudi, saudi arabia, kingdom of saudi arabia",
    "QA": "qatar",
    "LK": "sri lanka, ceylon",
    "PK": "pakistan",
    "BD": "bangladesh",
    "NP": "nepal",
    "KH": "cambodia, 柬埔寨",
    "MM": "myanmar, burma, 緬甸",
    "LA": "laos, lao pdr",
    "AR": "argentina",
    "CL": "chile",
    "CO": "colombia",
    "PE": "perú, peru",
    "PR": "puerto rico, p.r.",
    "KZ": "kazakhstan, қазақстан",
    "HU": "magyarország",
    "PT": "portugal",
    "BR": "brasil, 巴西",
    "MX": "méxico",
    "IN": "bharat, 印度, republic of india",
    "TH": "ประเทศไทย, 泰國",
    "PH": "pilipinas, the philippines, 菲律賓",
    "ID": "印尼, 印度尼西亞, republik indonesia",
    "VN": "viet nam, việt nam, vietnam, 越南",
    "AE": "uae, u.a.e., emirates, united arab emirates, 阿聯酋",
    "TR": "turkey, türkiye, turkiye, t.c.",
    "GR": "ελλάδα, hellas",
    "HR": "hrvatska",
    "CI": "ivory coast",
    "RO": "românia",
    "IE": "éire, republic of ireland",
    "RU": "russia, россия",
    "UA": "україна",
    "ZA": "rsa, republic of south africa",
    "IL": "israel",
}  # fmt: skip
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
_US_END = re.compile(r"(?:^|[ ,])([A-Za-z]{2}|[A-Z][a-z]+(?: [A-Z][a-z]+)?),? \d{5}(?:-\d{4})?$")
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
_HAN = re.compile(r"[\u3400-\u9fff]")


def folded(text: str) -> str:
    """Fold a name of a country to what its spellings share."""
    return " ".join(places.traditional(text).casefold().replace("(", " ").replace(")", " ").replace(",", " ").split())


@cache
def _by_name() -> dict[str, str]:
    found = {
        folded(countries.name(code, language)): code
        for language in ("en", "zh-hant", "zh-hans")
        for code in countries.codes()
    }
    for code, aliases in _ALIASES.items():
        found |= {folded(alias): code for alias in aliases.split(",")}
    return found


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
