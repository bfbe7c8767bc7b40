"""One way of writing for whole reports: that of places, with everyday traditional characters and plain numbers."""

import re

from routing.places.letters import arabic, folded

PAIRS = (
    "們们這这個个還还沒没說说話话聲声鬧闹牆墙墻墙拆拆裡里見见過过關关閉闭問问題题處处給给讓让請请買买賣卖錢钱費费價价漲涨樓楼電电梯梯熱热壞坏斷断燒烧煙烟氣气髒脏亂乱爛烂丟丢扔扔倉仓庫库嚇吓憂忧獎奖勵励為为與与"
    "寫写讀读聽听覺觉夢梦麼么樣样幾几萬万億亿點点鐘钟時时間间從从來来對对錯错單单雙双會会議议員员證证據据報报訴诉舉举辦办護护視视頻频錄录車车輛辆輪轮駛驶駕驾騎骑險险傷伤殘残療疗藥药學学習习講讲課课師师兒儿歲岁"
    "孫孙媽妈爺爷婦妇產产業业務务養养飼饲雞鸡鴨鸭貓猫鳥鸟蟲虫樹树葉叶綠绿紅红藍蓝黃黄燈灯滅灭開开鎖锁鑰钥門门窗窗戶户廁厕廳厅廚厨臥卧濕湿滲渗積积溝沟蓋盖鋪铺釘钉鑽钻響响轟轰雜杂訊讯擾扰擋挡陽阳陰阴風风雲云應应"
    "該该願愿離离補补償偿賠赔賬账帳账單单協协調调聯联繫系絡络網网線线頭头腳脚臉脸裝装飾饰潔洁掃扫壓压縮缩滿满溢溢餘余額额資资雇雇勞劳動动醫医檢检驗验測测試试標标準准級级別别類类種种陳陈舊旧嚴严緊紧發发現现確确認认"
    "實实樁桩設设備备維维換换導导幹干麗丽區区號号層层縣县東东棟栋長长後后場场廠厂飯饭館馆廣广場场園园團团橋桥鎮镇鄉乡灣湾漢汉無无當当將将總总終终經经結结給给規规違违張张貼贴佔占擴扩連连進进運运遠远邊边遲迟選选遺遗"
    "銀银鐵铁錶表鍵键閘闸陸陆隊队階阶際际隱隐難难靜静頂顶順顺須须領领顆颗顧顾飛飞騙骗體体齊齐龍龙歡欢殺杀毀毁決决況况涼凉減减淚泪溫温滬沪燜焖牽牵狀状獨独獲获環环療疗監监盤盘眾众確确碼码稅税穩稳窮穷筆笔簡简簽签糧粮"
    "紙纸細细統统綫线繼继續续罰罚職职腦脑臨临舖铺節节華华藝艺蘇苏虧亏術术衛卫複复訂订計计記记許许診诊評评詢询詳详誤误談谈論论諾诺謝谢譯译貨货責责貴贵費费賓宾質质輕轻輸输轉转郵邮釋释錢钱鎮镇鏟铲閃闪閒闲韓韩顏颜館馆"
)
VARIANTS = {"邨": "村", "幢": "栋", "您": "你", "两百": "2百", "两千": "2千", "#楼": "号楼", "#": "号"}
TO_PLAIN = str.maketrans(dict(zip(PAIRS[::2], PAIRS[1::2], strict=True)))
CELLARS = re.compile(r"(?:地下|负|-)(\d)(?:层|楼)")
DATES = re.compile(r"\d+月\d+[日号]|\d{4}年|\d+月份?|\d+日|\d+时许?")


def plain(told: str) -> str:
    """The text folded, simplified, with numbers in digits and without dates."""
    text = folded(told).translate(TO_PLAIN)
    for variant, usual in VARIANTS.items():
        text = text.replace(variant, usual)
    return DATES.sub("", CELLARS.sub(r"b\1", arabic(text)))
