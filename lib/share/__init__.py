"""Handing on what has learned: a model as one file that other programs, and the browser of a visitor, can run.

    files = share.export_onnx(project, run, to="~/Desktop/tulips")      # model.onnx, model.json and README.md
    share.export_onnx(project, run)                                     # kept with the run, for its live page
    live = share.live_model(project, run)                               # that one, or None
    files = share.export_lora(project, run, to="~/Desktop/tulips")      # for ComfyUI and AUTOMATIC1111, for diffusers, and README.md
    files = share.export_ollama(project, run, to="~/Desktop/voice")     # Modelfile, the addition, and README.md
    files = share.export_rave(project, run, to="~/Desktop/voices")      # for nn~, Max, Pure Data and Neutone, and README.md

onnx_export.py writes and checks the file, live.py and live_sound.py are what the live pages (lib/ui/live,
lib/ui/live_sound) ask, lora_export.py writes a LoRA, ollama_export.py one on a language model, rave_export.py hands a RAVE on.
"""

from lib.share.live import can_be_live, keep_live, live_facts, live_model
from lib.share.live_sound import can_sound_live, keep_take, live_voice
from lib.share.lora_export import export_lora, lora_files
from lib.share.ollama_export import export_ollama, ollama_commands, ollama_file
from lib.share.onnx_export import export_onnx
from lib.share.rave_export import export_rave, may_be_exported, rave_zip

__all__ = [
    "can_be_live", "can_sound_live", "export_lora", "export_ollama", "export_onnx", "export_rave", "keep_live", "keep_take", "live_facts", "live_model",
    "live_voice", "lora_files", "may_be_exported", "ollama_commands", "ollama_file", "rave_zip",
]  # fmt: skip
