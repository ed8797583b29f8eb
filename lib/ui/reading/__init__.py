"""The reading: texts letter by letter on a whole screen, as a page of its own beside Streamlit's (lib/ui/http/reading.py serves it).

page.html and reading.css are how it looks, reading.js what it does. Nothing of it is kept in the browser.
"""
