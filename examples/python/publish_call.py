"""Publishes calls to Twinreel through Kafka, in real time, as docs/publishing.md says; then tells what became of them.

    python publish_call.py --org acme --user ada --caller caller.wav --desk desk.wav
"""

import argparse
import json
import sys
import time
import uuid

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition

from call import CALLER, DESK, Call, Plan
from g711 import SAMPLE_RATE_HZ, read_wav
from messages import CALLS, COMMANDS, DEAD_LETTERS, RECORDINGS, headers, json_value, kind_of, media_value

SOURCE = "/examples/python"
FINAL = ("recording.completed", "recording.failed", "call.excluded")
MEDIA_TYPE = "application/vnd.twinreel.media"


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Publish calls to Twinreel through Kafka, in real time.")
    parser.add_argument("--brokers", default="localhost:9092", help="host:port,… (default: %(default)s)")
    parser.add_argument("-X", dest="config", action="append", default=[], metavar="NAME=VALUE", help="any setting of librdkafka, e.g. security.protocol=SASL_SSL")
    parser.add_argument("--prefix", default="", help="what stands before every topic's name (default: nothing)")
    parser.add_argument("--org", required=True, help="organization id")
    parser.add_argument("--user", required=True, help="user id of whoever answers")
    parser.add_argument("--caller", required=True, metavar="WAV", help="what the caller says: mono, 8 kHz, 16 bit PCM or mu-law")
    parser.add_argument("--desk", required=True, metavar="WAV", help="what the user says")
    parser.add_argument("--call-type", default="pstn", choices=["pstn", "internal"])
    parser.add_argument("--calls", type=int, default=1, help="so many at once (default: 1)")
    parser.add_argument("--seconds", type=float, help="length of a call (default: that of the longer WAV)")
    parser.add_argument("--announcement-seconds", type=float, default=1.5, help="how long an announcement takes to play (default: %(default)s)")
    parser.add_argument("--press", action="append", default=[], metavar="SECOND:CONTROL", help="start, stop, pause or resume, e.g. --press 3:pause --press 5:resume")
    parser.add_argument("--wait", type=float, default=30, help="seconds to wait for the outcomes (default: 30)")
    parser.add_argument("--journal", metavar="FILE", help="write there what was published and received, without the audio, as JSON lines")
    return parser.parse_args()


def plan_of(opts: argparse.Namespace) -> Plan:
    streams = {CALLER: read_wav(opts.caller), DESK: read_wav(opts.desk)}
    samples = max(len(stream) for stream in streams.values())
    length_ms = samples * 1000 // SAMPLE_RATE_HZ if opts.seconds is None else int(opts.seconds * 1000)
    presses = sorted((int(float(second) * 1000), control) for second, _, control in (press.partition(":") for press in opts.press))
    return Plan(opts.org, opts.user, opts.call_type, streams, length_ms, int(opts.announcement_seconds * 1000), presses)


class Line:
    """Kafka, seen from one process of a platform: one ordered producer for all its calls, and what Twinreel says about them."""

    def __init__(self, opts: argparse.Namespace):
        self.prefix = opts.prefix
        self.journal = open(opts.journal, "w", encoding="utf-8") if opts.journal else None
        common = {"bootstrap.servers": opts.brokers, "client.id": "publish-call"} | dict(entry.split("=", 1) for entry in opts.config)
        self.producer = Producer(
            common
            | {
                "partitioner": "murmur2_random",  # Twinreel itself appends to calls, and must find the same partition
                "enable.idempotence": True,  # with it acks=all, and retries that keep the order
                "delivery.timeout.ms": 30_000,
            }
        )
        # Partitions are assigned by hand, so the group has no members; the name must be there.
        self.consumer = Consumer(common | {"group.id": f"publish-call-{uuid.uuid4()}", "enable.auto.commit": False})
        self.consumer.assign([self.end_of(topic, partition) for topic in (COMMANDS, RECORDINGS, DEAD_LETTERS) for partition in self.partitions(topic)])
        self.partitions(CALLS)

    def partitions(self, topic: str) -> list[int]:
        found = self.consumer.list_topics(self.prefix + topic, timeout=10).topics[self.prefix + topic]
        if found.error is not None:
            raise KafkaException(found.error)
        return sorted(found.partitions)

    def end_of(self, topic: str, partition: int) -> TopicPartition:
        """A place, not the word "end": that would be looked up later, behind the first commands."""
        _, end = self.consumer.get_watermark_offsets(TopicPartition(self.prefix + topic, partition), timeout=10)
        return TopicPartition(self.prefix + topic, partition, end)

    def publish(self, call_id: str, message_headers: dict[str, str], value: bytes) -> None:
        self.producer.produce(self.prefix + CALLS, key=call_id, value=value, headers=message_headers, on_delivery=delivered)

    def write(self, **entry: object) -> None:
        if self.journal:
            print(json.dumps(entry), file=self.journal, flush=True)


def delivered(error: object, _message: object) -> None:
    """Called by poll and flush. A message that is lost for good is a hole in a recording: better to stop than to go on quietly."""
    if error is not None:
        raise KafkaException(error)


def make_call(call_id: str, plan: Plan, line: Line, time_zero_ms: int) -> Call:
    number = 0

    def next_headers(kind: str, content_type: str, at_ms: int) -> dict[str, str]:
        nonlocal number
        number += 1
        return headers(f"{call_id}-{number}", SOURCE, kind, content_type, time_zero_ms + at_ms)

    def publish(kind: str, data: dict, at_ms: int) -> None:
        message_headers = next_headers(kind, "application/json", at_ms)
        line.publish(call_id, message_headers, json_value(data))
        line.write(callId=call_id, published=kind, id=message_headers["ce_id"], atMs=at_ms, data=data)

    def publish_media(runs: list, at_ms: int) -> None:
        line.publish(call_id, next_headers("media", MEDIA_TYPE, at_ms), media_value(runs))

    return Call(call_id, plan, publish, publish_media)


def run_calls(calls: dict[str, Call], line: Line, began: float, wait: float) -> bool:
    """Lets the calls pass; answers whether every one of them has its outcome."""
    without_outcome = set(calls)
    give_up = None
    while without_outcome:
        now_ms = int((time.monotonic() - began) * 1000)
        live = [call for call in calls.values() if not call.ended]
        for call in live:
            call.advance(now_ms)
        line.producer.poll(0)
        if not live and give_up is None:
            line.producer.flush(30)
            give_up = now_ms + wait * 1000
        if give_up is not None and now_ms > give_up:
            return False
        next_ms = min((call.next_due_ms() for call in live if not call.ended), default=now_ms + 100)
        message = line.consumer.poll(max(0.001, (next_ms - now_ms) / 1000))
        if message is None:
            continue
        if message.error():
            raise KafkaException(message.error())
        command_id, kind = kind_of(message.headers())
        data = json.loads(message.value())
        topic = message.topic()[len(line.prefix) :]
        call_id = data.get("callId") or (message.key() or b"").decode()
        if call_id not in calls:
            continue  # of another process
        line.write(callId=call_id, received=kind, id=command_id, data=data)
        if topic == COMMANDS:
            call = calls[call_id]
            call.advance(int((time.monotonic() - began) * 1000))
            call.obey(command_id, kind, data)
        else:
            print(topic, kind, json.dumps(data), flush=True)
        if kind in FINAL:
            without_outcome.discard(call_id)
    return True


def main() -> int:
    opts = options()
    try:
        plan = plan_of(opts)
        line = Line(opts)
        call_ids = [f"py-{uuid.uuid4()}" for _ in range(opts.calls)]
        time_zero_ms, began = int(time.time() * 1000), time.monotonic()
        calls = {call_id: make_call(call_id, plan, line, time_zero_ms) for call_id in call_ids}
        for call in calls.values():
            call.start()
            call.answer()
        return 0 if run_calls(calls, line, began, opts.wait) else 1
    except (KafkaException, OSError, ValueError) as error:
        print(f"publish_call: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
