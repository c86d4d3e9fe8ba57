"""``make bench``: a whole durable dialogue beside WeRoBot's echo, in one run.

The server has one processor core, the load the other. Rounds go round all
servers, so that a machine that gets slower gets slower for all. The last line
is the smaller of the two databases against the stateless echo.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import uvloop

from benchmarks.load import Line, Result, play
from benchmarks.service import SERVICE, environment, prepare, running, settings_of
from tests.postgres import PostgresServer

ECHO, SESSION = "WeRoBot echo, no storage", "WeRoBot with its SQLite sessions"
SQLITE, POSTGRESQL = "Xuntong on SQLite", "Xuntong on PostgreSQL"

_ECHO_SCRIPT = [Line(f"第{n}句话", expect=f"echo: 第{n}句话") for n in range(25)]


def application(code: str) -> list[Line]:
    """The application form's dialogue, as a teacher types it."""
    return [
        Line(f"报名 {code}", "同意"),
        Line("1", "姓名"),
        Line("李小明", "身份证"),
        Line("1", "身份证号"),
        Line("110101199003077395", "民族"),
        Line("汉", "单位"),
        Line("江南机电技师学院", "职称"),
        Line("讲师", "手机"),
        Line("13800138000", "邮箱"),
        Line("z@example.com", "地址"),
        Line("江南市学府路 1 号", "专业"),
        Line("机械加工", "第一阶段"),
        Line("是", "承担"),
        Line("2019 年参与数控加工专业建设方案的编写，负责工作页部分", "完成"),
        Line("完成", "教学"),
        Line("教授零件数控车加工课程，学生在高级工阶段", "完成"),
        Line("完成", "2013"),
        Line("否", "技术开发"),
        Line("无", "学历"),
        Line("本科 机械工程", "技能"),
        Line("高级技师", "竞赛"),
        Line("无", "打分"),
        Line("344233", "需求"),
        Line("希望多一些现场示范", "完成"),
        Line("完成", "照片"),
    ]


async def measure(rounds: int, users: int) -> dict[str, list[Result]]:
    """Every server in every round."""
    results: defaultdict[str, list[Result]] = defaultdict(list)
    with PostgresServer(durable=True) as server, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        urls = {
            SQLITE: f"sqlite+aiosqlite:///{folder}/bench.db",
            POSTGRESQL: server.url("bench"),
        }
        server.execute("CREATE DATABASE bench")
        # From here on the load keeps to the second core; PostgreSQL may use both.
        os.sched_setaffinity(0, {1 % (os.cpu_count() or 1)})
        services = {}
        for port, (title, url) in enumerate(urls.items(), start=18911):
            named = environment(url, port, folder)
            code = await prepare(settings_of(named))
            services[title] = (SERVICE, port, named, application(code))
        peers = {ECHO: "echo", SESSION: "session"}
        for port, (title, kind) in enumerate(peers.items(), start=18901):
            command = [sys.executable, "-m", "benchmarks.peers", str(port), kind]
            services[title] = (command, port, {}, _ECHO_SCRIPT)
        for _ in range(rounds):
            for title, (command, port, named, script) in services.items():
                with running(command, port, named, core=0):
                    await play(port, script, users=20)
                    result = await play(port, script, users=users)
                _complain(title, result)
                results[title].append(result)
    return results


def _complain(title: str, result: Result) -> None:
    if result.errors:
        worst = sorted(result.errors.items(), key=lambda each: -each[1])[:3]
        raise SystemExit(f"{title}: wrong answers, the figures mean nothing: {worst}")


def report(results: dict[str, list[Result]]) -> float:
    """Print medians and ratios; the ratio that counts."""
    rates = {
        title: statistics.median(one.rate for one in runs)
        for title, runs in results.items()
    }
    print(f"{'':36}{'messages/s':>11}{'to echo':>9}{'p50 ms':>8}{'p99 ms':>8}")
    for title in (ECHO, SESSION, SQLITE, POSTGRESQL):
        p50 = statistics.median(one.p50 for one in results[title]) * 1000
        p99 = statistics.median(one.p99 for one in results[title]) * 1000
        ratio = rates[title] / rates[ECHO]
        print(f"{title:36}{rates[title]:11.0f}{ratio:9.2f}{p50:8.1f}{p99:8.1f}")
    return min(rates[SQLITE], rates[POSTGRESQL]) / rates[ECHO]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--users", type=int, default=300)
    options = parser.parse_args(arguments)
    results = uvloop.run(measure(options.rounds, options.users))
    print(f"ratio {report(results):.2f}")


if __name__ == "__main__":
    main()
