"""Other names of countries, as people write them: what a search and what reading a pasted text know alike."""

from __future__ import annotations

from functools import cache

# Their own languages, short forms, parts that stand for the whole; between commas.
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
    "SG": "singapore, s'pore, republic of singapore, 新加坡, 星加坡",
    "MY": "malaysia, 馬來西亞",
    "DE": "deutschland, allemagne, 德國",
    "FR": "frankreich, 法國",
    "IT": "italia, italie, 意大利, 義大利",
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
    "CD": "congo, dr congo, d.r. congo, drc, democratic republic of the congo, congo-kinshasa, 剛果",
    "CG": "congo, republic of the congo, congo-brazzaville, 剛果",
    "CV": "cabo verde",
    "SZ": "swaziland",
    "MK": "macedonia",
    "VA": "vatican, holy see, 梵蒂岡",
    "FM": "federated states of micronesia",
    "KP": "dprk, 北韓",
    "FK": "falklands",
}  # fmt: skip


@cache
def aliases() -> dict[str, tuple[str, ...]]:
    """Return each name with the codes of the countries that are called so: mostly one, two of Congo."""
    found: dict[str, tuple[str, ...]] = {}
    for code, names in _ALIASES.items():
        for name in names.split(","):
            found[name.strip()] = *found.get(name.strip(), ()), code
    return found
