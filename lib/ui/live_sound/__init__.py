"""Play, and hear it at once: a page without Streamlit, on which a voice (DDSP) sounds in the browser of whoever plays. Read live_sound.js.

page.html is filled in by page.py; ddsp.js is the model once more, worklet.js plays it in the browser's audio thread as hand.js says;
keys.js, pad.js, ear.js (with pitch.js and follower.js) and eye.js lead it; tape.js takes down what is heard. Its addresses are in lib/ui/http/live.py.
"""
