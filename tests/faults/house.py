"""A whole installation as real processes: three services and a worker each, which can be killed and started again."""

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from services.settings import SERVICES


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def plain(value: Any) -> str:
    """A setting as the environment holds it, secrets too."""
    return str(value.get_secret_value() if hasattr(value, "get_secret_value") else value)


@dataclass
class House:
    """The processes by name: `serve intake`, `work routing`, …"""

    environment: Mapping[str, str]
    logs: Path
    ports: dict[str, int] = field(default_factory=lambda: {service: free_port() for service in SERVICES})
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    killed: list[str] = field(default_factory=list)

    def start(self) -> None:
        for service in SERVICES:
            self.launch(f"serve {service}")
            self.launch(f"work {service}")
        for service in SERVICES:
            self.await_ready(service)

    def launch(self, name: str) -> None:
        verb, service = name.split()
        port = ["--port", str(self.ports[service])] if verb == "serve" else []
        urls = {f"GRIDLOOP_{peer.upper()}_URL": f"http://127.0.0.1:{port_}" for peer, port_ in self.ports.items()}
        with (self.logs / f"{verb}-{service}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                [sys.executable, "-m", "services.cli", verb, service, *port],
                env={**os.environ, **self.environment, **urls},
                stdout=log,
                stderr=log,
            )

    def await_ready(self, service: str, patience: float = 90.0) -> None:
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            try:
                if httpx.get(f"{self.url(service)}/{service}/readyz", timeout=2, trust_env=False).is_success:
                    return
            except httpx.HTTPError:
                time.sleep(0.1)
        raise AssertionError(f"{service} did not become ready:\n{self.log(f'serve-{service}')[-2000:]}")

    def url(self, service: str) -> str:
        return f"http://127.0.0.1:{self.ports[service]}"

    def log(self, name: str) -> str:
        return (self.logs / f"{name}.log").read_text(errors="replace")

    def kill_one(self, dice: random.Random) -> str:
        """SIGKILL a process chosen at random, and start it again."""
        name = dice.choice(sorted(self.running))
        process = self.running[name]
        process.send_signal(signal.SIGKILL)
        process.wait()
        self.killed.append(name)
        self.launch(name)
        return name

    def stop(self) -> None:
        for process in self.running.values():
            process.terminate()
        for process in self.running.values():
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
