"""The 18 districts of Hong Kong and the three areas they lie in."""

from __future__ import annotations

from typing import NamedTuple

HONG_KONG, KOWLOON, NEW_TERRITORIES = "Hong Kong", "Kowloon", "New Territories"
AREAS = {HONG_KONG: ("香港", "香港"), KOWLOON: ("九龍", "九龙"), NEW_TERRITORIES: ("新界", "新界")}


class District(NamedTuple):
    """A district; `name` is what is stored and printed in English."""

    name: str
    traditional: str
    simplified: str
    area: str

    def label(self, language: str) -> str:
        return {"zh-hant": self.traditional, "zh-hans": self.simplified}.get(language, self.name)


DISTRICTS = [
    District("Central and Western", "中西區", "中西区", HONG_KONG),
    District("Eastern", "東區", "东区", HONG_KONG),
    District("Southern", "南區", "南区", HONG_KONG),
    District("Wan Chai", "灣仔區", "湾仔区", HONG_KONG),
    District("Kowloon City", "九龍城區", "九龙城区", KOWLOON),
    District("Kwun Tong", "觀塘區", "观塘区", KOWLOON),
    District("Sham Shui Po", "深水埗區", "深水埗区", KOWLOON),
    District("Wong Tai Sin", "黃大仙區", "黄大仙区", KOWLOON),
    District("Yau Tsim Mong", "油尖旺區", "油尖旺区", KOWLOON),
    District("Islands", "離島區", "离岛区", NEW_TERRITORIES),
    District("Kwai Tsing", "葵青區", "葵青区", NEW_TERRITORIES),
    District("North", "北區", "北区", NEW_TERRITORIES),
    District("Sai Kung", "西貢區", "西贡区", NEW_TERRITORIES),
    District("Sha Tin", "沙田區", "沙田区", NEW_TERRITORIES),
    District("Tai Po", "大埔區", "大埔区", NEW_TERRITORIES),
    District("Tsuen Wan", "荃灣區", "荃湾区", NEW_TERRITORIES),
    District("Tuen Mun", "屯門區", "屯门区", NEW_TERRITORIES),
    District("Yuen Long", "元朗區", "元朗区", NEW_TERRITORIES),
]


def _bare(text: str) -> str:
    return (
        text.casefold()
        .replace("&", "and")
        .replace(" ", "")
        .removesuffix("district")
        .removesuffix("區")
        .removesuffix("区")
    )


_BY_NAME = {_bare(spelling): district for district in DISTRICTS for spelling in district[:3]}
_AREAS_BY_NAME = {_bare(spelling): area for area, others in AREAS.items() for spelling in (area, *others)}
_AREAS_BY_NAME |= {"hongkongisland": HONG_KONG, "香港島": HONG_KONG, "香港岛": HONG_KONG, "hk": HONG_KONG}
_AREAS_BY_NAME |= {"kln": KOWLOON, "nt": NEW_TERRITORIES, "n.t.": NEW_TERRITORIES}


def find(text: str) -> District | None:
    """Find a district by its name in any of the three languages."""
    return _BY_NAME.get(_bare(text))


def find_area(text: str) -> str | None:
    """Find an area by its name or a usual abbreviation; returns the English name."""
    return _AREAS_BY_NAME.get(_bare(text))


def other_names(text: str) -> list[str]:
    """Return how a district or an area that a text names is written on addresses, in English and in Chinese.

    A Chinese name of one character goes with the word for district: by itself it stands in too many others (北京市).
    """
    if district := find(text):
        bare = district.traditional.removesuffix("區")
        return [district.name, bare if len(bare) > 1 else district.traditional]
    area = find_area(text)
    return [area, AREAS[area][0]] if area else []


def area_label(area: str, language: str) -> str:
    traditional, simplified = AREAS[area]
    return {"zh-hant": traditional, "zh-hans": simplified}.get(language, area)
