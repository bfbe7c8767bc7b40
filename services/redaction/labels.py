"""What stands right before or after a number and says what it is.

Nearness decides: `工单登记电话` is a telephone, `电话订单号` is an order. What names an order, a contract, a meter or a
document keeps its number.
"""

import re

from services.redaction.sheet import Kind, barrier

_LINK = r"[\s是为:;,.()\[\]【】《》<>\"'“”‘’的就叫=#/~_\-—]{0,5}\Z"
_TAIL = r"(?:最?后|尾|末)[四六46](?:位|数|号)?(?:数字|数)?"


def _before(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern + _LINK, re.IGNORECASE)


PHONE = _before(
    r"(?:电\s?话|手\s?机|固话|座机|宅电|传真|联系方式|联系|号码|来电|致电|回电|拨打|打给|打到|拨|打|本机|分机"
    r"|家里|家中|tel|telephone|phone|mobile|cell|mob|call|☎|📞|" + barrier(Kind.NAME) + r")(?:号码|号|人|我|他|她)?"
)
QQ = _before(r"(?:(?<![A-Za-z])qq|扣扣|企鹅|企鹅号)(?:号码|号|账号)?")
CARD = _before(r"(?:卡|存折|银行|[工农中建交招]行|邮储|储蓄|借记|信用)(?:里|上|内)?卡?(?:账户|账号|帐号|号码|号)?")
ACCOUNT = _before(
    r"(?:账\s?号|帐号|账户|帐户|户头|卡号|存折|支付宝|花呗|公积金|社保号|医保号|个人编号|社保编号|会员号|登录名|用户名)"
    r"(?:号码|号|账户)?"
)
IDENTITY = _before(
    r"(?:身\s?份\s?证|证件|军官证|士兵证|护照|驾驶证|驾照|居住证|残疾证|老年证|敬老卡|通行证|回乡证|社保卡?|医保卡?|学籍"
    r"|户口[簿本]?|\bid)(?:上|的)?(?:号码|号|编号|编码|id|no)?"
)
IDENTITY_TAIL = _before(r"(?:身份证|证件)(?:号码|号)?的?(?:尾号|" + _TAIL + ")")
AFTER_PHONE = re.compile(r"\s?(?:或者?|和|及|以及|跟|/|、|,|或是|另一个|还有)\s?")

_ORDERS = (
    "工单|订单|运单|快递单?|物流|派单|派工|交易|流水|发票|票据?|小票|收据|合同|协议|案件?|信访|事项|事件|支付|付款|退款|凭证"
    "|回执"
)
_GOODS = (
    "批|货|商品|产品|型|条形?|设备|电梯|井盖|路?灯杆?|杆|站|充?电?桩|资产|序列|专利|标段|招标|项目|航班|车次|床|邮政|邮"
)
_PAPERS = (
    "备案|执照|许可证?|产证|房产证|不动产权?证?书?|土地证|资质证?书?|信用|税务?|组织机构|网格|区划|公告|文件?|批准|准字"
    "|病历|病案|申请|参考|单"
)
_METERS = "电表|水表|燃气表|气表|表|户"
_DESKS = "受理|登记|查询|投诉|诉求|报修|维修|服务|预约|取件|提货|注册|缴费|用户|客户|业务|排队|叫|取|报案|立案|工"
_JOINT = r"(?:是|为|叫)?[\s:#=\-—,.(\[【《“\"'第]{0,4}\Z"
KEEP = re.compile(
    rf"(?:(?:{_ORDERS}|{_GOODS}|{_PAPERS}|{_METERS})(?:编号|编码|号码|代码|单号|序号|条码|号|码)"
    r"|(?<!个人)(?<!社保)(?<!医保)编号|编码|单号|条码|序号|代码|流水|工单|订单|运单|合同|发票|电表|水表|燃气表|案号|文号"
    rf"|坐标|经度|纬度|\b(?:order|no|sn|isbn|imei|invoice)\.?){_JOINT}",
    re.IGNORECASE,
)
KEEP_UNLESS_MOBILE = re.compile(rf"(?:{_DESKS})(?:编号|编码|代码|单号|序号|号){_JOINT}")

_OFFICES = (
    "物业(?:公司|办公室|服务中心|管理处|服务处|客服|前台|值班室)?|居委会?|村委会?|街道(?:办事处|办)?|派出所|警署|医院"
    "|学校|幼儿园|银行|客服(?:中心)?|售后|城管|中队|大队|法院|检察院|服务站|服务中心|营业厅|营业部|前台|门店|自来水|燃气"
    "|供电|电力|政府|信访办?|管理处|办公室|值班室|开发商|商家|店家|饭店|工地|(?<!我们)(?<!我)(?<!本)公司"
)
OFFICE = _before(
    rf"(?:(?:{_OFFICES})|(?:所|局|办|站|厅|委|处|中心|队|店)(?=[\u4e00-\u9fff]{{0,6}}(?:电话|热线|座机)))"
    r"(?:的|那边|留的|公示的|贴的)?"
    r"(?:24小时|值班|服务|咨询|客服|报修|投诉|监督|办公|联系|固定|公开|预约|总机|维修){0,2}(?:电话|热线|座机|专线|号码)?"
)
"""An office's landline is a fact of the matter; a mobile number is always a person's."""

_MONEY = r"元|块|万|亿|圆|美[元金]|港[元币]|人民币|rmb|平方|平米|公里|千米|立方|吨|千瓦"
MONEY_AFTER = re.compile(rf"(?:\.\d{{1,4}})?\s?[多余]?(?:{_MONEY})", re.IGNORECASE)
MEASURE_AFTER = re.compile(
    rf"(?:\.\d{{1,4}})?\s?[多余几]?(?:{_MONEY}|角|平|㎡|m|米|km|厘米|毫米|亩|度|kw|公斤|kg|斤|克|升|方|%|‰"
    r"|人|户|个|次|张|份|票|步|辆|台|件|岁|年|月|日|天|分|秒|小时|点|时|号楼|栋|幢|路|弄|期|套|条|页|字|室)",
    re.IGNORECASE,
)
PLACE_AFTER = re.compile(r"\s?(?:号楼|号(?!码)|栋|幢|楼|室|单元|弄|路|层|期|车位|年|月|日)")
