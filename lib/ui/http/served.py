"""Whether the pages were started by serve.py, with our routes beside them. Home.py asks, and says how to start if not."""

by_us = False   # serve.py sets it
