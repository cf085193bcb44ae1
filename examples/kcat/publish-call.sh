#!/usr/bin/env bash
# A call of two WAV files (mono, 8 kHz, µ-law), in real time, with nothing but kcat and the shell:
#   publish-call.sh BROKERS ORG USER CALLER.wav DESK.wav [SECONDS] [TOPIC_PREFIX]
# It plays no prompts and shuts no gate, and says so: users whose start is announced are not recorded. Prints the call's id.
set -eu
brokers=$1 org=$2 user=$3 caller_wav=$4 desk_wav=$5 seconds=${6:-5} topic=${7:-}calls
call="kcat-$(date -u +%Y%m%dT%H%M%S)-$$"
number=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# say TYPE CONTENT_TYPE FILE: the file's bytes are one message's value. murmur2 is what finds the call's partition.
say() {
  number=$((number + 1))
  kcat -P -b "$brokers" -t "$topic" -k "$call" -X partitioner=murmur2_random -X acks=all \
    -H ce_specversion=1.0 -H "ce_id=$call-$number" -H ce_source=/examples/kcat -H "ce_type=io.twinreel.$1.v1" \
    -H "ce_time=$(date -u +%Y-%m-%dT%H:%M:%S.%3NZ)" -H "content-type=$2" "$3"
}

event() {
  printf '%s' "$2" >"$work/event"
  say "$1" application/json "$work/event"
}

# whole VALUE BYTES: big-endian.
whole() { printf '%b' "$(printf "%0$(($2 * 2))x" "$1" | sed 's/../\\x&/g')"; }

# run STREAM SECOND WAV: 8,000 samples, a byte each; they begin eight bytes behind where the file says "data".
run() {
  local begin
  begin=$(($(grep -abo data "$3" | head -n 1 | cut -d: -f1) + 9))
  whole ${#1} 1
  printf '%s' "$1"
  whole $(($2 * 8000)) 8
  whole 8000 4
  whole 8000 4
  tail -c "+$((begin + $2 * 8000))" "$3" | head -c 8000
}

event call.started "{\"orgId\":\"$org\",\"callId\":\"$call\",\"direction\":\"inbound\",\"callType\":\"pstn\",\"participants\":[{\"participantId\":\"caller\",\"role\":\"originating\"},{\"participantId\":\"desk\",\"role\":\"terminating\",\"userId\":\"$user\"}],\"capabilities\":{\"prompts\":\"none\",\"gate\":false,\"indicator\":false}}"
stream() { printf '{"streamId":"%s","participantIds":["%s"],"codec":"PCMU","sampleRateHz":8000}' "$1" "$1"; }
event call.answered "{\"by\":{\"kind\":\"participant\",\"participantId\":\"desk\"},\"streams\":[$(stream caller),$(stream desk)]}"
for ((second = 0; second < seconds; second++)); do
  sleep 1
  { printf '\x01'; run caller $second "$caller_wav"; run desk $second "$desk_wav"; } >"$work/media"
  say media application/vnd.twinreel.media "$work/media"
done
final() { printf '{"streamId":"%s","sampleOffset":%d}' "$1" $((seconds * 8000)); }
event call.ended "{\"atMs\":$((seconds * 1000)),\"finalSamples\":[$(final caller),$(final desk)]}"
echo "$call"
