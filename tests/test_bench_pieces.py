"""The benchmark's own pieces: what it counts is what happened."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent))

from bench import profiling, report
from bench.client.meter import Lost, Meter, quantiles
from bench.client.parley import Conversation, ParleyTalk
from bench.counts import Counts
from bench.figures import aims
from bench.fill import fill
from bench.rebuilding import rebuild, replay
from bench.setups import one_process
from bench.texts import share


class Echo:
    """A talk that answers by itself: delivered first, then acknowledged, or the other way round."""

    meter: Meter

    def __init__(self) -> None:
        self.troubles: list[str] = []
        self.said: list[int] = []

    async def open(self, conversations: int) -> dict[str, Any]:
        return {}

    def say(self, number: int) -> None:
        self.said.append(number)
        told = [self.meter.delivered, self.meter.acked]
        for tell in told if number % 2 else reversed(told):
            asyncio.get_running_loop().call_soon(tell, number)

    async def close(self) -> None:
        pass


class TestMeter:
    async def test_a_window_and_a_schedule_count_every_message_once(self) -> None:
        talk = Echo()
        meter = Meter(talk)
        window = await meter.window(10, 0.05)
        schedule = await meter.at_rate(1_000, 0.05)
        assert schedule["messages"] == 50
        assert talk.said == list(range(window["messages"] + 50)), "each number once, over both runs"
        assert set(window["delivered"]) == {"p50_ms", "p95_ms", "p99_ms", "max_ms"}

    async def test_trouble_of_the_talk_fails_the_run(self) -> None:
        talk = Echo()
        meter = Meter(talk)
        talk.troubles.append("a frame that was not right")
        with pytest.raises(Lost, match="not right"):
            await meter.window(1, 0)

    def test_quantiles_are_milliseconds(self) -> None:
        assert quantiles([number / 1000 for number in range(1, 101)]) == {
            "p50_ms": 51,
            "p95_ms": 96,
            "p99_ms": 100,
            "max_ms": 100,
        }
        assert quantiles([]) == {}


class _Noted:
    def __init__(self) -> None:
        self.noted: list[tuple[str, int]] = []

    def delivered(self, number: int) -> None:
        self.noted.append(("delivered", number))

    def acked(self, number: int) -> None:
        self.noted.append(("acked", number))


class TestParleyTalk:
    """Frames as they begin now, and with their fields in another order."""

    def talk(self) -> tuple[ParleyTalk, Conversation, Any]:
        talk = ParleyTalk("http://127.0.0.1:1")
        conversation = Conversation([("visitor", 'Is "it" gone?\n')])
        conversation.chat = "c1"
        talk._by_chat[b"c1"] = conversation
        noted: Any = _Noted()
        talk.meter = noted
        conversation.to_agent.append((7, b'"Is \\"it\\" gone?\\n"', 'Is "it" gone?\n'))
        return talk, conversation, noted

    @pytest.mark.parametrize(
        "frame",
        [
            b'{"type":"chat","item":"c1","n":3,"kind":"message","from":"visitor","text":"Is \\"it\\" gone?\\n"}',
            b'{"item":"c1","from":"visitor","kind":"message","text":"Is \\u0022it\\u0022 gone?\\n","type":"chat"}',
        ],
    )
    def test_what_the_agent_gets(self, frame: bytes) -> None:
        talk, _, noted = self.talk()
        talk._agent_took(Any, frame)
        assert noted.noted == [("delivered", 7)]
        assert not talk.troubles

    def test_another_text_is_trouble(self) -> None:
        talk, _, _ = self.talk()
        talk._agent_took(Any, b'{"type":"chat","item":"c1","n":3,"from":"visitor","text":"No."}')
        assert "message 7 did not arrive in its turn" in talk.troubles[0]

    @pytest.mark.parametrize("frame", [b'{"type":"ack","id":"7","seq":3}', b'{"id":"7","seq":3,"type":"ack"}'])
    def test_what_the_visitor_gets(self, frame: bytes) -> None:
        talk, conversation, noted = self.talk()
        talk._visitor_took(b'{"type":"event","seq":3,"kind":"message","from":"visitor","text":"own"}', conversation)
        talk._visitor_took(frame, conversation)
        assert noted.noted == [("acked", 7)]

    def test_a_refusal_is_trouble(self) -> None:
        talk, conversation, _ = self.talk()
        talk._visitor_took(b'{"type":"error","id":"7","code":"wrong_state","message":"?"}', conversation)
        assert "refused" in talk.troubles[0]


def test_each_conversation_has_dialogues_of_its_own() -> None:
    spoken = [[("visitor", f"{number}.{turn}") for turn in range(2)] for number in range(4)]
    assert share(spoken, 1, 2, 5) == [("visitor", text) for text in ("1.0", "1.1", "3.0", "3.1", "1.0")]


def test_the_live_product_is_counted_message_by_message(tmp_path: Path) -> None:
    with one_process(tmp_path) as parley:
        client = parley.client(sides="both")
        try:
            chats = client.ask("open", conversations=4)["chats"]
            run = client.ask("window", in_flight=8, seconds=0.3)
            assert Counts(parley.store_url, chats).stored() == run["messages"] >= 8
        finally:
            client.stop()


def test_a_filled_log_is_rebuilt_without_a_difference(tmp_path: Path) -> None:
    url = f"sqlite:{tmp_path}"
    assert fill(url, 500) == 500
    rebuilt, folded = rebuild(url), replay(url)
    assert (rebuilt["events"], rebuilt["different_rows"], folded["events"]) == (500, 0, 500)


def test_samples_are_grouped_by_package_and_by_module() -> None:
    found = profiling.summary(
        [
            "run (asyncio/runners.py:86);take (parley_gateway/visitor.py:70) 2",
            "run (asyncio/runners.py:86);validate_json (pydantic/type_adapter.py:421) 1",
            "run (asyncio/runners.py:86);send (starlette/websockets.py:9) 1",
            "run (threading.py:975);Condition.wait (threading.py:295) 100",
        ]
    )
    assert found["groups"] == {
        "parley_gateway/visitor": 0.5,
        "pydantic": 0.25,
        "uvicorn, websockets, starlette": 0.25,
    }


RESULTS = {
    "measured": "2026-01-01",
    "machine": {"cores": 2, "processor": "any", "memory_gib": 8, "system": "Linux", "python": "3.11"},
    "settings": {"conversations": 1, "in_flight": 1, "windows": 1, "window_s": 1, "texts": "made up"},
    "services": {
        "latency": {"20/s": {side: {"p50_ms": 6.0, "p95_ms": 7.0, "p99_ms": 8.0} for side in ("delivered", "acked")}},
        "memory": {"visitors": 10, "connected_bytes": 20 * 1024, "started_bytes": 33 * 1024},
    },
    "floor": {
        "packed": {
            "latency": {
                "20/s": {side: {"p50_ms": 5.0, "p95_ms": 7.0, "p99_ms": 8.0} for side in ("delivered", "acked")}
            }
        }
    },
    "ejabberd": {"absent": "it is not installed"},
}


class TestReport:
    def test_aims_are_judged_by_ratio_or_by_value(self) -> None:
        judged = {aim.what: (aim.ratio, aim.met) for aim in aims(RESULTS)}
        assert judged == {"p50 at 20/s": ("1.20", True), "memory per idle visitor": ("", False)}

    def test_the_table_has_what_was_measured_and_says_what_was_not(self) -> None:
        shown = report.table(RESULTS)
        assert "floor, packed" in shown
        assert "ejabberd was not measured: it is not installed" in shown
        assert "events/s" not in shown

    def test_figures_go_between_their_markers(self) -> None:
        page = "before\n<!-- figures -->\nold\n<!-- end of figures -->\nafter\n"
        assert report._between(page, "figures", "new") == (
            "before\n<!-- figures -->\n\nnew\n\n<!-- end of figures -->\nafter\n"
        )
        with pytest.raises(LookupError):
            report._between(page, "profile", "new")
