"""Problems in Chinese: the title by its status, what stands in the way and what to do by its type, and of every field
its name, the broken rule and what mends it. All words stand in one folder; English is the problem's own.

Words: `services/pages/problems.zh.json` (by type) and `faults.zh.json` (fields, rules, remedies; `{}` is whatever
stands there). What has no words in Chinese is left as it is.
"""

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

WORDS = Path(__file__).parent / "pages"
HEADINGS: Mapping[int, str] = MappingProxyType(
    {
        400: "无法读取",
        401: "请先登录",
        403: "您没有权限做这件事",
        404: "没有找到",
        405: "这里不能这样用",
        409: "现在不能这样做",
        410: "已经失效",
        412: "内容已被他人更新",
        413: "内容太大",
        415: "格式不对",
        422: "填写有误",
        428: "请重新打开再提交",
        429: "操作太频繁，请稍后再试",
        500: "系统出错",
        502: "外部系统没有应答",
        503: "稍后再试",
    }
)
PROBLEMS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {slug: (what, then) for slug, (what, then) in json.loads((WORDS / "problems.zh.json").read_text("utf-8")).items()}
)
"""What stands in the way, and what to do, by the type of the problem."""
FAULTS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    json.loads((WORDS / "faults.zh.json").read_text(encoding="utf-8"))
)
HAN = re.compile(r"[\u4e00-\u9fff]")
ENGLISH_FIRST = re.compile(r"[a-z]{3}", re.I)
UNKNOWN_RULE, UNKNOWN_REMEDY = "不符合要求", "请核对后重填"


def field_named(path: str) -> str:
    """A field as the form calls it; of a path (`reporter.phone`) the part that has a name, with its place in a list."""
    known = FAULTS["fields"]
    if path in known:
        return known[path]
    parts = [part for part in path.split(".") if part]
    name = next((known[part] for part in reversed(parts) if part in known), path)
    number = next((int(part) + 1 for part in parts if part.isdecimal()), None)
    return name if number is None else f"{name}（第 {number} 项）"


def rule_told(rule: str) -> str | None:
    return _told("rules", rule.removeprefix("Value error, "))


def remedy_told(remedy: str) -> str | None:
    return _told("remedies", remedy)


def fault_told(field: str, rule: str, remedy: str) -> tuple[str, str, str]:
    """Field, rule and remedy for a page in Chinese; where a rule has no words, that it is broken and no more."""
    return field_named(field), rule_told(rule) or UNKNOWN_RULE, remedy_told(remedy) or UNKNOWN_REMEDY


def in_chinese(document: Mapping[str, Any]) -> dict[str, Any]:
    """A problem document with every word that there is in Chinese; its type, status and field names stay."""
    slug = str(document["type"]).rpartition(":")[2]
    made = {**document, "title": HEADINGS.get(int(document["status"]), document["title"])}
    if words := PROBLEMS.get(slug):
        made["detail"] = words[0]
        if words[1] or "remedy" in document:
            made["remedy"] = words[1] or document["remedy"]
    if "errors" in document:
        made["errors"] = [
            {
                **fault,
                "rule": rule_told(fault["rule"]) or fault["rule"],
                "remedy": remedy_told(fault["remedy"]) or fault["remedy"],
            }
            for fault in document["errors"]
        ]
    return made


def wants_chinese(accepted: str) -> bool:
    """Whether `Accept-Language` names Chinese before English; without the header, or with neither, it is English."""
    weights = {"zh": 0.0, "en": 0.0}
    for part in accepted.lower().split(","):
        tag, _, weight = part.partition(";")
        tongue = tag.strip().split("-")[0]
        if tongue in weights:
            weights[tongue] = max(weights[tongue], _weight(weight))
    return weights["zh"] > weights["en"]


def _weight(told: str) -> float:
    found = re.fullmatch(r"\s*q=([01](?:\.\d{0,3})?)\s*", told)
    return float(found[1]) if found else 0.0 if told.strip() else 1.0


def _told(kind: str, text: str) -> str | None:
    """In Chinese; what is so already stays."""
    if HAN.search(text) and not ENGLISH_FIRST.match(text):
        return text
    if found := FAULTS[kind].get(text):
        return found
    for pattern, words in _patterns(kind):
        if match := pattern.fullmatch(text):
            return words.format(*match.groups())
    return None


@cache
def _patterns(kind: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    open_ended = [(told, words) for told, words in FAULTS[kind].items() if "{}" in told]
    return tuple((re.compile(re.escape(told).replace(r"\{\}", "(.+?)"), re.S), words) for told, words in open_ended)
