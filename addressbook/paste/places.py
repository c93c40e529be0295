"""Where the localities of Hong Kong lie: our own table of names, in English and Chinese, each with its district.

A place whose ground is shared names every district that it lies in, the likeliest first. A star marks what is an estate
or a site of its own as well as a locality.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from addressbook import districts

# District: English name (other spellings after a stroke) = Chinese name, with semicolons between the places.
_TABLE = {
    "Central and Western": """
        Central = 中環; Admiralty = 金鐘; Sheung Wan = 上環; Sai Ying Pun = 西營盤; Shek Tong Tsui = 石塘咀;
        Kennedy Town = 堅尼地城; Mid-Levels/Mid Levels = 半山; The Peak/Victoria Peak/Peak = 山頂; Sai Wan = 西環;
        Soho = 蘇豪; Lan Kwai Fong = 蘭桂坊; Central District = 中區; Western District = 西區;
        Belcher Bay = 卑路乍灣; Mount Davis = 摩星嶺; Lung Fu Shan = 龍虎山; Mid-Levels West = 西半山;
        Mid-Levels Central = 中半山
    """,
    "Eastern": """
        North Point = 北角; Quarry Bay = 鰂魚涌; Tai Koo/Taikoo = 太古; Taikoo Shing/Tai Koo Shing = 太古城*;
        Sai Wan Ho = 西灣河; Shau Kei Wan/Shaukiwan = 筲箕灣; Chai Wan = 柴灣; Siu Sai Wan = 小西灣;
        Heng Fa Chuen = 杏花邨*; Fortress Hill = 炮台山; Braemar Hill = 寶馬山; A Kung Ngam = 阿公岩;
        Kornhill = 康怡*; Aldrich Bay = 愛秩序灣; Island East = 港島東
    """,
    "Southern": """
        Aberdeen = 香港仔; Ap Lei Chau/Ap Lei Chau Island = 鴨脷洲; Wong Chuk Hang = 黃竹坑;
        Pok Fu Lam/Pokfulam = 薄扶林; Repulse Bay = 淺水灣; Deep Water Bay = 深水灣; Stanley = 赤柱;
        Shek O = 石澳; Tin Wan = 田灣; Wah Fu = 華富; Wah Kwai = 華貴; Cyberport = 數碼港*;
        Chung Hom Kok = 舂坎角; Tai Tam = 大潭; Big Wave Bay = 大浪灣; Shouson Hill = 壽臣山;
        South Horizons = 海怡*; Lei Tung = 利東; Ocean Park = 海洋公園*; South Bay = 南灣; Shek Pai Wan = 石排灣
    """,
    "Wan Chai": """
        Wan Chai/Wanchai = 灣仔; Causeway Bay = 銅鑼灣; Happy Valley = 跑馬地; Tai Hang = 大坑;
        Jardine's Lookout = 渣甸山; So Kon Po = 掃桿埔; Leighton Hill = 禮頓山;
        Wanchai North/Wan Chai North = 灣仔北
    """,
    "Kowloon City": """
        Kowloon City = 九龍城; Hung Hom = 紅磡; To Kwa Wan/Tokwawan = 土瓜灣; Ma Tau Wai = 馬頭圍;
        Ma Tau Kok = 馬頭角; Ho Man Tin/Homantin = 何文田; Kai Tak = 啟德; Whampoa = 黃埔*; Hok Yuen = 鶴園;
        Hung Hom Bay = 紅磡灣
    """,
    "Kwun Tong": """
        Kwun Tong = 觀塘; Kowloon Bay = 九龍灣; Ngau Tau Kok = 牛頭角; Sau Mau Ping = 秀茂坪; Lam Tin = 藍田;
        Yau Tong = 油塘; Lei Yue Mun = 鯉魚門; Cha Kwo Ling = 茶果嶺; Sam Ka Tsuen = 三家村; Shun Lee = 順利;
        Shun Tin = 順天; Shun On = 順安; On Tat = 安達; On Tai = 安泰; Jordan Valley = 佐敦谷; Telford = 德福*
    """,
    "Sham Shui Po": """
        Sham Shui Po/Shamshuipo = 深水埗; Cheung Sha Wan = 長沙灣; Lai Chi Kok = 荔枝角; Mei Foo = 美孚;
        Nam Cheong = 南昌; Shek Kip Mei = 石硤尾; Yau Yat Tsuen/Yau Yat Chuen = 又一村; Pak Tin = 白田;
        Tai Hang Tung = 大坑東; Nam Shan = 南山; So Uk = 蘇屋; Stonecutters Island = 昂船洲; Tai Wo Ping = 大窩坪
    """,
    "Wong Tai Sin": """
        Wong Tai Sin = 黃大仙; Diamond Hill = 鑽石山; Tsz Wan Shan = 慈雲山; San Po Kong = 新蒲崗; Lok Fu = 樂富;
        Wang Tau Hom = 橫頭磡; Choi Hung = 彩虹; Ngau Chi Wan = 牛池灣; Chuk Yuen = 竹園; Choi Wan = 彩雲;
        Tung Tau = 東頭; Choi Hung Chuen = 彩虹邨*; Fung Wong Sun Chuen = 鳳凰新村
    """,
    "Yau Tsim Mong": """
        Mong Kok/Mongkok = 旺角; Tsim Sha Tsui/Tsimshatsui/TST = 尖沙咀; Yau Ma Tei/Yaumatei = 油麻地;
        Jordan = 佐敦; Tai Kok Tsui/Taikoktsui = 大角咀; Prince Edward = 太子; Olympic = 奧運;
        West Kowloon = 西九龍; King's Park = 京士柏; Tsim Sha Tsui East/TST East = 尖沙咀東; Austin = 柯士甸;
        Kowloon Station = 九龍站; Tsim Tung = 尖東
    """,
    "Islands": """
        Cheung Chau/Cheung Chau Island = 長洲; Peng Chau = 坪洲; Lamma Island/Lamma = 南丫島;
        Lantau Island/Lantau = 大嶼山; Tung Chung = 東涌; Mui Wo = 梅窩; Tai O = 大澳; Discovery Bay = 愉景灣;
        Yung Shue Wan = 榕樹灣; Sok Kwu Wan = 索罟灣; Pui O = 貝澳; Tong Fuk = 塘福; Cheung Sha = 長沙;
        Chek Lap Kok = 赤鱲角; Hong Kong International Airport = 香港國際機場; Po Toi Island = 蒲台島;
        South Lantau = 南大嶼; Ngong Ping = 昂坪
    """,
    "Kwai Tsing": """
        Kwai Chung = 葵涌; Kwai Fong = 葵芳; Kwai Hing = 葵興; Tsing Yi/Tsing Yi Island = 青衣; Lai King = 荔景;
        Lai Yiu = 麗瑤; Shek Yam = 石蔭; Shek Lei = 石籬; Kwai Shing = 葵盛; Cheung Ching = 長青;
        Kwai Tsing = 葵青; Kwai Chung North = 北葵涌
    """,
    "North": """
        Sheung Shui = 上水; Fanling = 粉嶺; Sha Tau Kok = 沙頭角; Ta Kwu Ling = 打鼓嶺; Kwu Tung = 古洞;
        Ping Che = 坪輋; Luen Wo Hui = 聯和墟; Lung Yeuk Tau = 龍躍頭; Queen's Hill = 皇后山;
        Shek Wu Hui = 石湖墟; Kwan Tei = 軍地; Hok Tau = 鶴藪; Ho Sheung Heung = 河上鄉; Wo Hop Shek = 和合石
    """,
    "Sai Kung": """
        Sai Kung = 西貢; Tseung Kwan O/TKO/Junk Bay = 將軍澳; Hang Hau = 坑口; Po Lam = 寶琳;
        Tiu Keng Leng = 調景嶺; LOHAS Park = 日出康城*; Clear Water Bay/Clearwater Bay = 清水灣;
        Pak Tam Chung = 北潭涌; Hebe Haven/Pak Sha Wan = 白沙灣; Sai Kung Town = 西貢市; Ho Chung = 蠔涌;
        Tai Mong Tsai = 大網仔; Tseng Lan Shue = 井欄樹; Silverstrand = 銀線灣; Nam Wai = 南圍; Pik Uk = 壁屋
    """,
    "Sha Tin": """
        Sha Tin/Shatin = 沙田; Tai Wai = 大圍; Fo Tan/Fotan = 火炭; Ma On Shan = 馬鞍山; Shek Mun = 石門;
        Siu Lek Yuen = 小瀝源; Wo Che = 禾輋; Lek Yuen = 瀝源; City One = 第一城*; Wu Kai Sha = 烏溪沙;
        Sha Kok = 沙角; Ma Liu Shui = 馬料水; Kau To Shan = 九肚山; Tai Shui Hang = 大水坑; Hin Keng = 顯徑;
        Pok Hong = 博康; Kwong Yuen = 廣源; Sha Tin Wai = 沙田圍; Sui Wo = 穗禾
    """,
    "Tai Po": """
        Tai Po = 大埔; Tai Po Market = 大埔墟; Tai Wo = 太和; Lam Tsuen = 林村; Tai Mei Tuk = 大尾篤;
        Ting Kok = 汀角; Pak Shek Kok = 白石角; Hong Kong Science Park/Science Park = 科學園*;
        Tai Po Kau = 大埔滘; Sam Mun Tsai = 三門仔; Hong Lok Yuen = 康樂園*; Fu Shin = 富善;
        Tai Po Industrial Estate = 大埔工業邨*; Tai Po Old Market = 大埔舊墟; Sai Sha = 西沙;
        Kei Ling Ha = 企嶺下; Tai Po Tau = 大埔頭
    """,
    "Tsuen Wan": """
        Tsuen Wan = 荃灣; Sham Tseng = 深井; Ting Kau = 汀九; Tsing Lung Tau = 青龍頭; Ma Wan = 馬灣;
        Park Island = 珀麗灣*; Chai Wan Kok = 柴灣角; Yau Kom Tau = 油柑頭; Lei Muk Shue = 梨木樹;
        Shek Wai Kok = 石圍角; Tsuen Wan West = 荃灣西; Lo Wai = 老圍; Chuen Lung = 川龍;
        Discovery Park = 愉景新城*
    """,
    "Tuen Mun": """
        Tuen Mun = 屯門; So Kwun Wat = 掃管笏; Lam Tei = 藍地; Siu Lam = 小欖; Gold Coast = 黃金海岸*;
        Tai Lam = 大欖; Siu Hong = 兆康; Tuen Mun San Hui = 新墟; Tai Hing = 大興; San Hui = 屯門新墟;
        Castle Peak Bay = 青山灣; Leung King = 良景; Fu Tai = 富泰; Butterfly = 蝴蝶; Lung Kwu Tan = 龍鼓灘;
        Yau Oi = 友愛
    """,
    "Yuen Long": """
        Yuen Long = 元朗; Tin Shui Wai = 天水圍; Kam Tin = 錦田; Pat Heung = 八鄉; San Tin = 新田;
        Ping Shan = 屏山; Hung Shui Kiu = 洪水橋; Ha Tsuen = 廈村; Lau Fau Shan = 流浮山; Shek Kong = 石崗;
        Lok Ma Chau = 落馬洲; Shap Pat Heung = 十八鄉; Fairview Park = 錦綉花園*; Nam Sang Wai = 南生圍;
        Long Ping = 朗屏; Kam Sheung Road = 錦上路; Mai Po = 米埔; Ngau Tam Mei = 牛潭尾; Au Tau = 凹頭
    """,
    "Kowloon City + Sham Shui Po": "Kowloon Tong = 九龍塘",
    "Eastern + Wan Chai": "Tin Hau = 天后",
    "Kwai Tsing + Tsuen Wan": "Tai Wo Hau = 大窩口",
    "Sha Tin + Wong Tai Sin": "Lion Rock = 獅子山",
}
# Simplified characters, and variants of traditional ones, as the tables here write them.
_PAIRS = """
    环環 钟鐘 营營 坚堅 龙龍 观觀 湾灣 东東 龟龜 鲗鰂 马馬 头頭 启啟 浅淺 贵貴 数數 码碼 寿壽 铜銅 锣鑼 红紅 黄黃
    谭譚 鹤鶴 荫蔭 灵靈 乐樂 横橫 钻鑽 云雲 凤鳳 贝貝 岭嶺 边邊 沟溝 联聯 围圍 园園 区區 岛島 县縣 乡鄉 镇鎮 门門
    离離 长長 扫掃 蓝藍 兴興 济濟 盘盤 层層 楼樓 号號 厦廈 邮郵 铺舖 鋪舖 铁鐵 务務 阳陽 广廣 办辦 郑鄭 刘劉 陈陳
    张張 杨楊 赵趙 孙孫 吴吳 罗羅 邓鄧 许許 冯馮 萧蕭 叶葉 苏蘇 吕呂 卢盧 汤湯 钱錢 贺賀 龚龔 顾顧 万萬 谢謝 韩韓
    严嚴 关關 欧歐 邹鄒 邝鄺 温溫 阎閻 颜顏 陆陸 骆駱 庄莊 维維 蒋蔣 单單 贾賈 简簡 赖賴 连連 庞龐 伟偉 军軍 调調
    银銀 网網 线線 鸭鴨 师師 爱愛 顺順 达達 发發 丽麗 宝寶 丰豐 专專 业業 书書 举舉 义義 团團 会會 体體 馆館 药藥
    医醫 厂廠 动動 华華 双雙 变變 员員 态態 总總 际際 贸貿 设設 计計 学學 术術 机機 极極 构構 标標 样樣 档檔 桥橋
    检檢 归歸 显顯 荣榮 实實 写寫 农農 况況 净淨 凉涼 几幾 则則 创創 别別 剧劇 劳勞 势勢 卫衛 弯彎 谊誼 诊診 齿齒
    电電 视視 话話 传傳 纸紙 织織 经經 销銷 货貨 进進 运運 输輸 远遠 选選 还還 奥奧 锦錦 绣綉 静靜 凯凱 鲍鮑 齐齊
    乌烏 聂聶 闵閔 湧涌 嘴咀 步埗 岗崗 将將 宁寧 艺藝 彦彥 课課 场場 栋棟 径徑 汇匯 庙廟 圣聖 旧舊 臺台 墙牆 礼禮
"""
_TRADITIONAL = str.maketrans({pair[0]: pair[1] for pair in _PAIRS.split()})


class Place(NamedTuple):
    """A locality; `districts` has more than one where its ground is shared."""

    english: str
    chinese: str
    districts: tuple[districts.District, ...]
    is_site: bool = False


def traditional(text: str) -> str:
    """Write Chinese as the tables here do, letter for letter: offsets stay."""
    return text.translate(_TRADITIONAL)


def bare(text: str) -> str:
    """Fold a Latin name to what spellings share: "Sha Tin", "SHATIN" and "Sha-Tin" are one."""
    return re.sub(r"[\s.'’\-]", "", text).casefold()


@cache
def _by_english() -> dict[str, Place]:
    found: dict[str, Place] = {}
    for names, place in _rows():
        found |= {bare(name): place for name in names}
    for district in districts.DISTRICTS:
        whole = Place(district.name, district.traditional, (district,))
        found.setdefault(bare(district.name), whole)
        found[bare(f"{district.name} District")] = whole
    # These words alone are points of the compass, and stand in many names.
    for word in ("north", "eastern", "southern", "islands", "peak", "austin", "olympic", "butterfly", "telford"):
        found.pop(word, None)
    return found


@cache
def _by_chinese() -> dict[str, Place]:
    found = {traditional(place.chinese): place for _names, place in _rows()}
    return found | {
        traditional(district.traditional): Place(district.name, district.traditional, (district,))
        for district in districts.DISTRICTS
    }


def _rows() -> Iterator[tuple[list[str], Place]]:
    for where, rows in _TABLE.items():
        found = tuple(district for name in where.split(" + ") if (district := districts.find(name)))
        for row in filter(str.strip, rows.split(";")):
            english, chinese = row.strip().split(" = ")
            names = english.split("/")
            yield names, Place(names[0], chinese.rstrip("*"), found, chinese.endswith("*"))


def in_english(text: str) -> Place | None:
    """Find the locality or district that a whole text names."""
    return _by_english().get(bare(text))


@cache
def _chinese_pattern() -> re.Pattern[str]:
    longest_first = sorted([*_by_chinese(), "香港", "九龍", "新界"], key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first)))


# A name with one of these behind it is a road's or a building's, which may lie elsewhere: 大埔道 is in Sham Shui Po.
_ELSEWHERE = re.compile(r"(?:北|南|東|西|中|舊)?(?:道|路|街|公路|里|徑|橋|隧道|樓|閣|大樓|大廈|中心|廣場)")


class Mention(NamedTuple):
    """A locality named in Chinese; `is_weak` where it only names a road or a building."""

    place: Place
    is_weak: bool


def in_chinese(text: str) -> list[Mention]:
    """Return the localities that a Chinese text names, in its order; the three areas are left out."""
    folded = traditional(text)
    return [
        Mention(place, _is_weak(folded, match))
        for match in _chinese_pattern().finditer(folded)
        if (place := _by_chinese().get(match.group()))
    ]


def _is_weak(folded: str, found: re.Match[str]) -> bool:
    return _ELSEWHERE.match(folded, found.end()) is not None


def all_chinese(text: str) -> Place | None:
    """Find the locality or district that a whole Chinese text names."""
    return _by_chinese().get(traditional(text.strip()))


def starts_in_chinese(text: str) -> bool:
    """Tell whether a Chinese text begins with an area or a locality."""
    return _chinese_pattern().match(traditional(text)) is not None


def before_place(text: str) -> str:
    """Return what stands before the first area or locality of a Chinese text, and nothing where it names none."""
    folded = traditional(text)
    first = next((match for match in _chinese_pattern().finditer(folded) if not _is_weak(folded, match)), None)
    return text[: first.start()] if first else ""


def within_english(text: str) -> Place | None:
    """Find a locality whose name stands among other words: "Tsim Sha Tsui Post Office"."""
    words = re.findall(r"[\w'’\-]+", text)[:40]
    for length in (4, 3, 2, 1):
        for start in range(len(words) - length + 1):
            place = in_english(" ".join(words[start : start + length]))
            if place:
                return place
    return None
