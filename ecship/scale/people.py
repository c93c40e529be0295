"""People and places that do not exist, put together from word lists; the same chance gives the same ones.

Telephone numbers are of ranges kept for fiction where a country has one, or made up.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any


@dataclass(frozen=True)
class Place:
    """A town with made-up streets. In `phone`, each # is a digit; `local` is a street in the local script."""

    country: str
    city: str
    streets: tuple[str, ...]
    phone: str
    weight: int
    district: str = ""
    state: str = ""
    postcode: str = ""
    local: tuple[str, ...] = ()


_MADE_UP = ("Sample Street", "Lantern Road", "Kite Lane", "Paper Street", "Teapot Avenue", "Ferry Steps", "Ginkgo Road")
_HK = "+852 9### ####"
PLACES = [
    Place("HK", "Mong Kok", _MADE_UP, _HK, 12, district="Yau Tsim Mong", state="Kowloon", local=("旺角樣本街",)),
    Place("HK", "Fo Tan", _MADE_UP, _HK, 12, district="Sha Tin", state="New Territories", local=("火炭燈籠路",)),
    Place("HK", "Ap Lei Chau", _MADE_UP, _HK, 8, district="Southern", state="Hong Kong", local=("鴨脷洲茶壺道",)),
    Place("HK", "Lam Tin", _MADE_UP, _HK, 8, district="Kwun Tong", state="Kowloon", local=("藍田紙鳶里",)),
    Place("HK", "Yuen Long", _MADE_UP, _HK, 8, district="Yuen Long", state="New Territories", local=("元朗渡輪街",)),
    Place("HK", "Chai Wan", _MADE_UP, _HK, 6, district="Eastern", state="Hong Kong", local=("柴灣銀杏路",)),
    Place("GB", "London", _MADE_UP, "+44 20 7946 0###", 6, postcode="SW1A 1AA"),
    Place("GB", "Leeds", _MADE_UP, "+44 113 496 0###", 3, postcode="LS1 4AP"),
    Place("US", "New York", _MADE_UP, "+1 212-555-01##", 5, state="NY", postcode="10118"),
    Place("US", "San Francisco", _MADE_UP, "+1 415-555-01##", 4, state="CA", postcode="94102"),
    Place("CA", "Toronto", _MADE_UP, "+1 416-555-01##", 4, state="ON", postcode="M5V 2T6"),
    Place("AU", "Sydney", _MADE_UP, "+61 2 5550 ####", 4, state="NSW", postcode="2000"),
    Place("DE", "Berlin", ("Musterstraße", "Laternenweg", "Papiergasse"), "", 3, postcode="10115"),
    Place("FR", "Lyon", ("rue du Papier", "quai des Lanternes"), "", 3, postcode="69001"),
    Place("SG", "", _MADE_UP, "+65 81## ####", 3, postcode="238801"),
    Place("TW", "Da'an District", ("Sample Road",), "+886 912 ### ###", 4, state="Taipei City", postcode="106",
          local=("臺北市大安區樣本路",)),
    Place("CN", "Shenzhen Shi", ("Yangben Road", "Denglong Road"), "+86 138 0000 ####", 6, district="Nanshan Qu",
          state="Guangdong Sheng", postcode="518000", local=("广东省深圳市南山区样本路", "广东省深圳市南山区灯笼路")),
    Place("NZ", "Wellington", _MADE_UP, "", 3, postcode="6011"),
]  # fmt: skip
_WEIGHTS = [place.weight for place in PLACES]
_STREET_WITH_NUMBER_LAST = frozenset({"DE"})

GIVEN = (
    "Ada", "Basil", "Clara", "Duncan", "Edith", "Felix", "Greta", "Hugo", "Irene", "Jasper", "Klara", "Lionel", "Mabel",
    "Nils", "Olive", "Percy", "Quentin", "Rosa", "Silas", "Tilda", "Ursula", "Victor", "Wanda", "Xenia", "Zelda",
)  # fmt: skip
FAMILY = (
    "Ashdown", "Birchwood", "Candleford", "Dovecote", "Elderby", "Fernsby", "Gladwyn", "Hartsong", "Inkwell", "Juniper",
    "Kettlewell", "Larkham", "Millbrook", "Nettleton", "Oakhurst", "Pennywhistle", "Quillfeather", "Rosethorn",
    "Silverdale", "Thistledown", "Underhill", "Vellum", "Winterbourne", "Yarrow",
)  # fmt: skip
CHINESE_FAMILY = (
    ("Chan", "陳", "陈"), ("Wong", "黃", "黄"), ("Lee", "李", "李"), ("Cheung", "張", "张"), ("Lau", "劉", "刘"),
    ("Ho", "何", "何"), ("Leung", "梁", "梁"), ("Lam", "林", "林"), ("Ng", "吳", "吴"), ("Tsang", "曾", "曾"),
    ("Yip", "葉", "叶"), ("Fung", "馮", "冯"), ("Mak", "麥", "麦"), ("Poon", "潘", "潘"),
)  # fmt: skip
CHINESE_GIVEN = (
    ("Siu", "小", "小"), ("Mei", "美", "美"), ("Ka", "家", "家"), ("Wing", "詠", "咏"), ("Chi", "志", "志"),
    ("Man", "文", "文"), ("Yan", "欣", "欣"), ("Ho", "浩", "浩"), ("Lok", "樂", "乐"), ("Ming", "明", "明"),
    ("Ling", "玲", "玲"), ("Kit", "傑", "杰"), ("Yin", "賢", "贤"), ("Shan", "珊", "珊"), ("Wai", "偉", "伟"),
    ("Fong", "芳", "芳"),
)  # fmt: skip
TRADES = ("Prints", "Teas", "Ceramics", "Books", "Toys", "Textiles", "Instruments", "Stationery", "Lamps", "Records")
PLACES_IN_NAMES = ("Harbour", "Lantern", "Kite", "Jade", "Peak", "Ferry", "Banyan", "Bamboo", "Island", "Star")
TAGS = ("customer", "supplier", "family", "friends", "wholesale", "2026", "客戶", "親友")
NOTES = ("Rings twice.", "Prefers the morning.", "Leave with the caretaker.", "請於下午派送。", "Orders each spring.")


def contact(chance: Random) -> dict[str, Any]:
    """Return the fields of one contact, as `addressbook.details` would have cleaned them."""
    place = chance.choices(PLACES, _WEIGHTS)[0]
    chinese = place.country in {"HK", "CN", "TW"} and chance.random() < 0.85
    name, local_name = (_chinese_name if chinese else _western_name)(chance, simplified=place.country == "CN")
    number = chance.randint(1, 180)
    flat = f"Flat {chance.randint(1, 20)}, {chance.randint(1, 40)}/F" if place.country == "HK" else ""
    street = chance.randrange(len(place.streets))
    written = place.streets[street]
    is_last = place.country in _STREET_WITH_NUMBER_LAST
    return {
        "country": place.country,
        "name": name,
        "company": business(chance) if chance.random() < 0.15 else "",
        "email": f"{name.lower().replace(' ', '.')}@example.com" if chance.random() < 0.6 else "",
        "phone": _phone(chance, place.phone) if place.phone and chance.random() < 0.8 else "",
        "fax": "",
        "lines": [*([flat] if flat else []), f"{written} {number}" if is_last else f"{number} {written}"],
        "district": place.district,
        "city": place.city,
        "state": place.state,
        "postcode": place.postcode,
        "local_name": local_name if place.local else "",
        "local_lines": [f"{place.local[street % len(place.local)]}{number}號"] if local_name and place.local else [],
        "tags": sorted(chance.sample(TAGS, chance.randint(1, 2))) if chance.random() < 0.5 else [],
        "notes": chance.choice(NOTES) if chance.random() < 0.1 else "",
        "can_send": place.country == "HK" and chance.random() < 0.1,
        "can_receive": True,
    }


def business(chance: Random) -> str:
    return f"{chance.choice(PLACES_IN_NAMES)} {chance.choice(TRADES)}"


def person(chance: Random) -> str:
    return (_chinese_name if chance.random() < 0.8 else _western_name)(chance, simplified=False)[0]


def _western_name(chance: Random, *, simplified: bool) -> tuple[str, str]:
    return f"{chance.choice(GIVEN)} {chance.choice(FAMILY)}", ""


def _chinese_name(chance: Random, *, simplified: bool) -> tuple[str, str]:
    family, first, second = chance.choice(CHINESE_FAMILY), chance.choice(CHINESE_GIVEN), chance.choice(CHINESE_GIVEN)
    script = 2 if simplified else 1
    return f"{family[0]} {first[0]} {second[0]}", f"{family[script]}{first[script]}{second[script]}"


def _phone(chance: Random, pattern: str) -> str:
    """Fill a pattern in; Hong Kong's are mobiles from ranges that are in use as a whole."""
    if pattern.startswith("+852"):
        return f"+852 9{chance.randint(2, 7)}{chance.randint(0, 4)}{chance.randint(0, 9)} {chance.randint(1000, 9999)}"
    return "".join(str(chance.randrange(10)) if letter == "#" else letter for letter in pattern)
