"""Roads of Hong Kong that lie in one district, for texts that name no locality: our own table, in two languages."""

from __future__ import annotations

import re
from functools import cache

from addressbook import districts
from addressbook.paste import places

_ROADS = {
    "Central and Western": """
        Queen's Road Central = 皇后大道中; Queen's Road West = 皇后大道西; Des Voeux Road Central = 德輔道中;
        Des Voeux Road West = 德輔道西; Connaught Road Central = 干諾道中; Connaught Road West = 干諾道西;
        Bonham Road = 般咸道; Bonham Strand = 文咸; Caine Road = 堅道; Robinson Road = 羅便臣道;
        Hollywood Road = 荷李活道; Conduit Road = 干德道; Wyndham Street = 雲咸街; Wellington Street = 威靈頓街;
        Pedder Street = 畢打街; Ice House Street = 雪廠街; Queensway = 金鐘道; Third Street = 第三街;
        Second Street = 第二街; Lyndhurst Terrace = 擺花街; MacDonnell Road = 麥當勞道; Garden Road = 花園道;
        Finance Street = 金融街; Belcher's Street = 卑路乍街; Catchick Street = 吉席街;
        Old Bailey Street = 奧卑利街; General Post Office = 郵政總局; GPO Box = 郵政總局信箱
    """,
    "Eastern": """
        King's Road = 英皇道; Java Road = 渣華道; Electric Road = 電氣道; Shau Kei Wan Road = 筲箕灣道;
        Westlands Road = 華蘭路; Tong Chong Street = 糖廠街; Chai Wan Road = 柴灣道; Marble Road = 馬寶道;
        Tanner Road = 丹拿道; Ka Yip Street = 嘉業街; Taikoo Shing Road = 太古城道; Oil Street = 油街
    """,
    "Southern": """
        Aberdeen Main Road = 香港仔大道; Heung Yip Road = 香葉道; Wong Chuk Hang Road = 黃竹坑道;
        Repulse Bay Road = 淺水灣道; Stanley Main Street = 赤柱大街; Yip Kan Street = 業勤街
    """,
    "Wan Chai": """
        Queen's Road East = 皇后大道東; Hennessy Road = 軒尼詩道; Lockhart Road = 駱克道; Jaffe Road = 謝斐道;
        Gloucester Road = 告士打道; Johnston Road = 莊士敦道; Harbour Road = 港灣道; Yee Wo Street = 怡和街;
        Leighton Road = 禮頓道; Hysan Avenue = 希慎道; Percival Street = 波斯富街;
        Wong Nai Chung Road = 黃泥涌道; Morrison Hill Road = 摩理臣山道; Blue Pool Road = 藍塘道;
        Tung Lo Wan Road = 銅鑼灣道; Great George Street = 記利佐治街; Stubbs Road = 司徒拔道;
        Sing Woo Road = 成和道
    """,
    "Kowloon City": """
        Nga Tsin Wai Road = 衙前圍道; Ma Tau Wai Road = 馬頭圍道; Ma Tau Chung Road = 馬頭涌道;
        Chatham Road North = 漆咸道北; Fuk Lo Tsun Road = 福佬村道; To Kwa Wan Road = 土瓜灣道;
        Man Yue Street = 民裕街; Hok Yuen Street = 鶴園街; Sung Wong Toi Road = 宋皇臺道;
        Muk Ning Street = 沐寧街; Sheung Shing Street = 常盛街
    """,
    "Kwun Tong": """
        Kwun Tong Road = 觀塘道; Hung To Road = 鴻圖道; Hoi Yuen Road = 開源道; How Ming Street = 巧明街;
        King Yip Street = 敬業街; Shing Yip Street = 成業街; Wai Yip Street = 偉業街; Wang Chiu Road = 宏照道;
        Wang Hoi Road = 宏開道; Sheung Yuet Road = 常悅道; Tsun Yip Street = 駿業街; Chong Yip Street = 創業街;
        Hing Yip Street = 興業街; Lam Hing Street = 臨興街; Wang Tai Road = 宏泰道
    """,
    "Sham Shui Po": """
        Cheung Sha Wan Road = 長沙灣道; Tai Nan Street = 大南街; Yu Chau Street = 汝州街;
        Ki Lung Street = 基隆街; Apliu Street = 鴨寮街; Fuk Wing Street = 福榮街; Fuk Wa Street = 福華街;
        Un Chau Street = 元州街; Po On Road = 保安道; Pei Ho Street = 北河街; Cheung Yee Street = 長義街;
        Cheung Shun Street = 長順街; Tat Chee Avenue = 達之路; Wing Hong Street = 永康街;
        Cheung Yue Street = 長裕街
    """,
    "Wong Tai Sin": """
        Tai Yau Street = 大有街; Choi Hung Road = 彩虹道; Prince Edward Road East = 太子道東;
        Sheung Hei Street = 雙喜街; Ng Fong Street = 五芳街; Tseuk Luk Street = 爵祿街; Fung Tak Road = 鳳德道;
        Lung Cheung Road = 龍翔道; Pat Tat Street = 八達街; Luk Hop Street = 六合街; Sam Chuk Street = 三祝街;
        Ning Yuen Street = 寧遠街
    """,
    "Yau Tsim Mong": """
        Gascoigne Road = 加士居道; Nathan Road = 彌敦道; Canton Road = 廣東道; Shanghai Street = 上海街;
        Reclamation Street = 新填地街; Portland Street = 砵蘭街; Sai Yeung Choi Street = 西洋菜;
        Fa Yuen Street = 花園街; Tung Choi Street = 通菜街; Jordan Road = 佐敦道; Chatham Road South = 漆咸道南;
        Granville Road = 加連威老道; Kimberley Road = 金巴利道; Carnarvon Road = 加拿分道;
        Cameron Road = 金馬倫道; Mody Road = 麼地道; Peking Road = 北京道; Hankow Road = 漢口道;
        Salisbury Road = 梳士巴利道; Temple Street = 廟街; Ferry Street = 渡船街; Cherry Street = 櫻桃街;
        Science Museum Road = 科學館道; Haiphong Road = 海防道; Soy Street = 豉油街; Dundas Street = 登打士街;
        Kowloon Central Post Office = 九龍中央郵政局; Kowloon Park Drive = 九龍公園徑
    """,
    "Kwai Tsing": """
        Kwai Chung Road = 葵涌道; Container Port Road = 貨櫃碼頭路; Tai Lin Pai Road = 大連排道;
        Kwai Foo Road = 葵富路; Wo Yi Hop Road = 和宜合道; Kwai Cheong Road = 葵昌路;
        Ta Chuen Ping Street = 打磚坪街
    """,
    "North": "San Fung Avenue = 新豐路; Lung Sum Avenue = 龍琛路; On Lok Mun Street = 安樂門街",
    "Sai Kung": "Fuk Man Road = 福民路; Man Nin Street = 萬年街; Tong Tak Street = 唐德街; King Ling Road = 景嶺路",
    "Sha Tin": """
        Wong Chuk Yeung Street = 黃竹洋街; Shan Mei Street = 山尾街; On Muk Street = 安睦街;
        On Yiu Street = 安耀街; On Ping Street = 安平街; Au Pui Wan Street = 坳背灣街;
        Tai Chung Kiu Road = 大涌橋路; Sha Tin Centre Street = 沙田正街; On Luk Street = 鞍祿街
    """,
    "Tai Po": "Kwong Fuk Road = 廣福道; Ting Kok Road = 汀角路; Dai Wang Street = 大宏街; Dai Fat Street = 大發街",
    "Tsuen Wan": """
        Sha Tsui Road = 沙咀道; Texaco Road = 德士古道; Yeung Uk Road = 楊屋道; Hoi Shing Road = 海盛路;
        Wang Wo Tsai Street = 橫窩仔街; Chung On Street = 眾安街; Tai Ho Road = 大河道
    """,
    "Tuen Mun": """
        Tuen Mun Heung Sze Wui Road = 屯門鄉事會路; Tsing Chung Koon Road = 青松觀路; Pui To Road = 杯渡路;
        Lung Mun Road = 龍門路
    """,
    "Yuen Long": "Kau Yuk Road = 教育路; Tai Tong Road = 大棠路; Sau Fu Street = 壽富街; Fung Cheung Road = 鳳翔路",
}


@cache
def _roads() -> dict[str, districts.District]:
    """Return the roads of the table, in both languages, each with its district."""
    found: dict[str, districts.District | None] = {}
    for where, rows in _ROADS.items():
        district = districts.find(where)
        for row in rows.split(";") if district else ():
            english, chinese = row.strip().split(" = ")
            found |= {f"{' '.join(_words(english))} ": district, places.traditional(chinese): district}
    return {name: district for name, district in found.items() if district}


def by_road(text: str) -> districts.District | None:
    """Find the district of a road that a text names, in either language; the longest name counts."""
    folded = f"{' '.join(_words(text))} {places.traditional(text)}"
    named = [name for name in _roads() if name in folded]
    return _roads()[max(named, key=len)] if named else None


def _words(text: str) -> list[str]:
    spelled = {"rd": "road", "st": "street", "ave": "avenue"}
    return [spelled.get(word, word) for word in re.findall(r"\w+", re.sub("[’']", "", text.casefold()))]
