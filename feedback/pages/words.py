"""What feedback's codes are called on its staff's pages."""

from collections.abc import Mapping
from types import MappingProxyType


def _words(**words: str) -> Mapping[str, str]:
    return MappingProxyType(words)


KINDS = _words(handled="办理回访", settled="当场办结回访", withdrawn="撤诉回访", recheck="复核回访")
RESULTS = _words(
    no_answer="无人接听", busy="占线", unreachable="无法接通", call_later="约定再拨", refused="拒绝回访",
    wrong_number="号码有误", no_number="没有号码",
)  # fmt: skip
VIA = _words(callback="服务商回访", page="网页评价", caller="人工回访", correction="更正", on_site="实地复核")
STATES = _words(open="待回访", answered="已评价", expired="已过期", unreachable="未联系上", cancelled="已取消")
VERDICTS = _words(resolved="解决", unresolved="未解决", unreachable="未联系上")
TESTS = _words(
    all_satisfied="全部满意", far_from_peers="满意率远高于同类", bursts="评价集中涌入", one_network="同一网络",
    seconds_after_link="收到链接数秒即评", withdrawals_cluster="撤诉集中",
)  # fmt: skip
ASKS = _words(
    all_satisfied="这个单位的评价全是“满意”。按同类事项在别处的满意比例，全满意碰巧出现的可能性有多小？",
    far_from_peers="同样的事项，这个单位比别的单位满意得多。",
    bursts="这个单位的网页评价挤在十分钟里。",
    one_network="这个单位的许多网页评价来自同一个网络，别的单位却很少来自那里。家庭、小区共用宽带也会这样。",
    seconds_after_link="这个单位的许多评价在链接发出二十秒内就提交了。",
    withdrawals_cluster="同样的事项，这个单位的撤诉比别处多得多。",
)
DECISIONS = _words(explained="有合理解释", gamed="评价不真实", unclear="查不清")
RATES = _words(
    contact="先行联系率", on_time="按时办结率", resolution="解决率", satisfaction="满意率", dispute="退单率",
    handled_again="重办率", recheck="回访核实率",
)  # fmt: skip
FATES = _words(
    in_time="按时", late="超时", solved="解决", partly="部分解决", unsolved="未解决", satisfied="满意",
    mostly="基本满意", dissatisfied="不满意", unrated="未评价", disputed="提出过异议", undisputed="没有异议",
    again="办理一次以上", once="办理一次", agreed="一致", differed="不一致", merged="已并单", not_yet_due="未到期",
    no_limit="没有时限", withdrawn="已撤诉", not_accepted="不予受理", handed_over="已移交",
    settled_on_spot="当场办结", not_surveyed="不回访", unreachable="未联系上", awaiting_answer="等待评价",
    not_yet_handled="未办理", not_dispatched="未派出", not_rechecked="未复核", awaiting_recheck="等待复核",
    recheck_unreachable="复核未联系上", no_first_answer="没有首次评价", excluded="已剔除",
    numerator="分子", denominator="分母", excluded_all="未计入",
)  # fmt: skip
EXCLUSIONS = _words(proposed="等第二人", agreed="已剔除", refused="未同意", undone="已撤销")
GROUNDS = _words(
    not_ours="非职责范围", impossible="诉求无法实现", malicious="恶意重复诉求", duplicate="重复计入",
    force_majeure="不可抗力", wrong_record="记录有误",
)  # fmt: skip
CHANNELS = _words(hotline="热线", walk_in="接待", visit="走访", open311="公开接口")
STATISTIC = _words(
    name="检验方法", ratings="评价数", expected_share="同类应有比例", share="本单位比例", answers="评价数",
    quick="数秒即评", peers="其他单位比例",
    in_the_city="同时段（网络）全市评价", window_begins="时段开始", cases="件数", hits="命中件数",
    q_value="q 值（多重检验后）",
)  # fmt: skip
SHARES = frozenset({"expected_share", "share", "peers"})
