"""The rhythm pad: a page of its own, on which one moves over a plane of rhythms and hears them.

Its model runs in the browser, as plain JavaScript: network.js is the network (as lib/models/rhythm_vae/network.py), groove.js makes hits of what it
says, worklet.js plays them in the sound thread, atlas.js colours the plane beside the page, pad.js is the page. Served by lib/ui/http/rhythm.py.
"""
