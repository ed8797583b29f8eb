"""Handing on what has learned: a model as one file that other programs, and the browser of a visitor, can run.

    files = share.export_onnx(project, run, to="~/Desktop/tulips")      # model.onnx, model.json and README.md
    share.export_onnx(project, run)                                     # kept with the run, for its live page
    live = share.live_model(project, run)                               # that one, or None
    files = share.export_lora(project, run, to="~/Desktop/tulips")      # for ComfyUI and AUTOMATIC1111, for diffusers, and README.md
    files = share.export_rave(project, run, to="~/Desktop/voices")      # for nn~, Max, Pure Data and Neutone, and README.md

onnx_export.py writes and checks the file, live.py is what the live page (lib/ui/live) asks, lora_export.py writes a LoRA, rave_export.py
hands a RAVE on.
"""

from lib.share.live import can_be_live, keep_live, live_facts, live_model
from lib.share.lora_export import export_lora, lora_files
from lib.share.onnx_export import export_onnx
from lib.share.rave_export import export_rave, may_be_exported, rave_zip

__all__ = ["can_be_live", "export_lora", "export_onnx", "export_rave", "keep_live", "live_facts", "live_model", "lora_files", "may_be_exported", "rave_zip"]
