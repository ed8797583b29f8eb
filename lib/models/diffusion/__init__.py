"""Diffusion: how a text-to-image model in Stable Diffusion's format is opened, and how it makes a picture. Read `open_parts`, then `sample`.

    parts = open_parts(folder)                                   # parts.py: a folder of Stable Diffusion or SDXL, part by part
    for step in sample(parts, Asked("a red fish"), [0, 1]): …    # sampling.py: the loop; step.latents are (n, channels, h, w)
                                                                 # words.py: what the U-Net hears of a text
    for medium in paint(parts, Asked("a red fish"), 0, 16): …    # painting.py: pictures, and how they look while they form

Every model of that kind here plays through it: the tiny base, Stable Diffusion, SDXL, and what a LoRA adds to any of them. This file imports
no torch, and none of them asks a hub.
"""
