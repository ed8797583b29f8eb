"""Draw and see it live: a page without Streamlit, on which a model runs in the browser of whoever looks. Read live.js.

page.html is filled in by page.py; live.js is the page, paper.js one draws on, edges.js draws the edges of a camera's picture,
worker.js runs the model beside it, live.css is what it looks like. Its addresses are in lib/ui/http/live.py.
"""
