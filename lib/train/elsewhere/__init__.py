"""Training elsewhere: a run goes out as a zip that any computer with Python can train, and its result comes home as a run of the project.

    errands.py      what was given out, and what came of it: `send_out`, `errands`
    packing.py      the zip that goes out: the dataset, what was asked, and the code that trains it
    needed.py       which part of lib/ and which packages that is
    train_here.py   the script in it, for whoever trains
    coming_home.py  what comes back is a stranger's file until it was looked through: `bring_home`
"""
