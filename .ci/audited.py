"""What pip-audit found, for a person: it says "no known vulnerabilities" also where it was told nothing at all."""

import json
import sys
from pathlib import Path
from typing import Any


def judged(report: str, *, required: bool) -> tuple[list[str], bool]:
    """Lines to print, and whether the build may go on."""
    packages: list[dict[str, Any]] = json.loads(report)["dependencies"] if report.strip() else []
    weak = [
        f"{each['name']} {each['version']}: {one['id']}, mended in {', '.join(one['fix_versions']) or 'nothing yet'}"
        for each in packages
        for one in each.get("vulns", ())
    ]
    silent = [each["name"] for each in packages if "skip_reason" in each]
    lines = [*weak, f"{len(packages)} locked packages, {len(weak)} known weaknesses, {len(silent)} not audited"]
    if silent or not packages:
        lines.append("The advisory service told nothing of these: run it again where the network is open.")
    return lines, not weak and not (required and (silent or not packages))


if __name__ == "__main__":
    told, holds = judged(Path(sys.argv[1]).read_text(encoding="utf-8"), required=sys.argv[2] == "required")
    sys.stdout.write("\n".join(told) + "\n")
    sys.exit(0 if holds else 1)
