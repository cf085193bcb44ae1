"""G.711 mu-law (PCMU), and WAV files as streams of it."""

import array
import struct
import sys

SAMPLE_RATE_HZ = 8000
SILENCE = 0xFF

PCM, MULAW = 1, 7  # WAVE format tags (RFC 2361)


def encode_sample(sample: int) -> int:
    """A 16 bit sample to its mu-law code, as ITU-T G.191's ulaw_compress: a negative one takes the magnitude of its one's complement."""
    magnitude = min((~sample if sample < 0 else sample) >> 2, 0x1FDE) + 33
    segment = magnitude.bit_length() - 6
    code = ((segment << 4) | ((magnitude >> (segment + 1)) & 0x0F)) ^ 0x7F
    return code if sample < 0 else code | 0x80


CODES = bytes(encode_sample(value if value < 0x8000 else value - 0x10000) for value in range(0x10000))


def encode(samples: bytes) -> bytes:
    """16 bit little-endian samples to mu-law."""
    values = array.array("H", samples)
    if sys.byteorder == "big":
        values.byteswap()
    return bytes(CODES[value] for value in values)


def read_wav(path: str) -> bytes:
    """The mu-law samples of a mono WAV file of 8 kHz, 16 bit PCM or mu-law. Raises ValueError for anything else."""
    with open(path, "rb") as file:
        data = file.read()
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise ValueError(f"{path} is not a WAV file")
    shape = samples = None
    at = 12
    while at + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, at)
        if name == b"fmt " and size >= 16:
            tag, channels, rate_hz, _, _, bits = struct.unpack_from("<HHIIHH", data, at + 8)
            shape = (tag, channels, rate_hz, bits)
        elif name == b"data":
            samples = data[at + 8 : at + 8 + size]
        at += 8 + size + size % 2
    if shape == (PCM, 1, SAMPLE_RATE_HZ, 16) and samples is not None:
        return encode(samples[: len(samples) // 2 * 2])
    if shape == (MULAW, 1, SAMPLE_RATE_HZ, 8) and samples is not None:
        return samples
    raise ValueError(f"{path} is not mono, 8 kHz, 16 bit PCM or mu-law")
