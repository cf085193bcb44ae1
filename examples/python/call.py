"""One call of two ends: what its platform publishes, and how it obeys. Times are call time: milliseconds since the answer."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from g711 import SAMPLE_RATE_HZ, SILENCE

BATCH_MS = 1000
SHUT_BATCH_MS = 5000
CALLER, DESK = "caller", "desk"
BEEPS = ("tone", "pause-beep", "resume-beep")
BEEP_MS = 200


@dataclass
class Plan:
    org_id: str
    user_id: str
    call_type: str
    streams: dict[str, bytes]
    """PCMU samples by stream id; the caller's stream is called `caller`, the user's `desk`."""
    length_ms: int
    announcement_ms: int
    controls: list[tuple[int, str]] = field(default_factory=list)
    """When which control is pressed, in order."""


class Call:
    def __init__(self, call_id: str, plan: Plan, publish: Callable[[str, dict, int], None], publish_media: Callable[[list, int], None]):
        """`publish(type, data, at_ms)` and `publish_media(runs, at_ms)` put a message of this call into the log."""
        self.call_id = call_id
        self.plan = plan
        self.publish = publish
        self.publish_media = publish_media
        self.clock_ms = 0
        self.sent = 0
        self.next_media_ms = BATCH_MS
        self.controls = deque(plan.controls)
        self.gate_sequence = 0
        self.gate_open = True
        self.obeyed: set[str] = set()
        self.waiting: deque[dict] = deque()
        self.playing: dict | None = None
        self.end_ms = plan.length_ms
        self.ended = False

    def start(self) -> None:
        caller = {"participantId": CALLER, "role": "originating"}
        desk = {"participantId": DESK, "role": "terminating", "userId": self.plan.user_id}
        self.publish(
            "call.started",
            {
                "orgId": self.plan.org_id,
                "callId": self.call_id,
                "direction": "inbound",
                "callType": self.plan.call_type,
                "participants": [caller, desk],
                "capabilities": {"prompts": "obeys", "gate": True, "indicator": False},
            },
            0,
        )

    def answer(self) -> None:
        """Time zero."""
        streams = [{"streamId": name, "participantIds": [name], "codec": "PCMU", "sampleRateHz": SAMPLE_RATE_HZ} for name in (CALLER, DESK)]
        self.publish("call.answered", {"by": {"kind": "participant", "participantId": DESK}, "streams": streams}, 0)

    def next_due_ms(self) -> int:
        due = [self.next_media_ms, self.end_ms]
        if self.playing is not None:
            due.append(self.playing["toMs"])
        if self.controls:
            due.append(self.controls[0][0])
        return min(due)

    def advance(self, at_ms: int) -> None:
        """Everything that happens until then. Audio goes first: what happens at the same time finds it in the log."""
        while not self.ended and (due := self.next_due_ms()) <= at_ms:
            self.clock_ms = max(self.clock_ms, due)
            if due == self.end_ms:
                self.hang_up()
            elif due == self.next_media_ms:
                self.send_audio()
            elif self.playing is not None and due == self.playing["toMs"]:
                self.finish_prompt()
            else:
                press_ms, control = self.controls.popleft()
                self.publish(f"control.{control}", {"userId": self.plan.user_id, "via": "softkey", "atMs": press_ms}, press_ms)
        if not self.ended:
            self.clock_ms = max(self.clock_ms, at_ms)

    def obey(self, command_id: str, command: str, data: dict) -> None:
        """Does what the recorder asks, now. A command may come twice: under the same id it is done once."""
        if self.ended or command_id in self.obeyed:
            return
        self.obeyed.add(command_id)
        if command == "prompt.play":
            self.waiting.append(data)
            self.play_next()
        elif command in ("gate.close", "gate.open") and data["sequence"] > self.gate_sequence:
            self.turn_gate(command == "gate.open", data["sequence"])
        elif command == "call.release":
            self.end_ms = self.clock_ms
            self.advance(self.clock_ms)

    def send_audio(self) -> None:
        """What was spoken since the last batch; while the gate is shut, only where the streams' clocks are."""
        upto = self.clock_ms * SAMPLE_RATE_HZ // 1000
        begin = self.sent if self.gate_open else upto
        runs = [(name, begin, self.spoken(name, begin, upto)) for name in self.plan.streams]
        self.publish_media(runs, self.clock_ms)
        self.sent = upto
        self.next_media_ms = self.clock_ms // BATCH_MS * BATCH_MS + (BATCH_MS if self.gate_open else SHUT_BATCH_MS)

    def spoken(self, name: str, begin: int, end: int) -> bytes:
        """Of a stream that has nothing more to say, silence."""
        samples = self.plan.streams[name][begin:end]
        return samples + bytes([SILENCE]) * (end - begin - len(samples))

    def turn_gate(self, to_open: bool, sequence: int) -> None:
        # What was spoken before it shuts goes out; what was spoken while it was shut never does.
        self.send_audio()
        self.gate_open = to_open
        self.gate_sequence = sequence
        self.next_media_ms = self.clock_ms // BATCH_MS * BATCH_MS + (BATCH_MS if to_open else SHUT_BATCH_MS)
        self.publish("gate.opened" if to_open else "gate.closed", {"sequence": sequence, "atMs": self.clock_ms}, self.clock_ms)

    def play_next(self) -> None:
        """One prompt sounds at a time. This platform has nobody to hear it: it only lets the time pass."""
        while self.playing is None and self.waiting:
            prompt = self.waiting.popleft()
            if self.clock_ms > prompt.get("expiresAtMs", self.clock_ms):
                expired = {"promptId": prompt["promptId"], "outcome": "expired", "atMs": self.clock_ms}
                self.publish("prompt.finished", expired, self.clock_ms)
                continue
            length_ms = BEEP_MS if prompt["prompt"] in BEEPS else self.plan.announcement_ms
            self.playing = {"promptId": prompt["promptId"], "fromMs": self.clock_ms, "toMs": self.clock_ms + length_ms}

    def finish_prompt(self) -> None:
        played, self.playing = self.playing, None
        if played is not None:
            self.publish("prompt.finished", {**played, "outcome": "played", "atMs": played["toMs"]}, played["toMs"])
        self.play_next()

    def hang_up(self) -> None:
        self.send_audio()
        self.ended = True
        final = [{"streamId": name, "sampleOffset": self.sent} for name in self.plan.streams]
        self.publish("call.ended", {"atMs": self.clock_ms, "reason": "hung-up", "finalSamples": final}, self.clock_ms)
