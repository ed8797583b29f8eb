"""Texts: how a model that writes reads what it learns from, and how it chooses what comes next. Read `documents.read`, then `writing.choose`.

    corpus = documents.read(data, "lines")          # documents.py: lines, poems or files; doubles count once, some are held back
    told = before.counted(corpus, "lines")          # before.py: what to know of them before a training begins, in words
    token = writing.choose(scores, 0.7, 0, 1.0, luck)   # writing.py: by chance among the likeliest; and words before which a text ends

Every model here that learns to write reads through it: microgpt, and what a LoRA adds to a language model. This file imports no torch.
"""
