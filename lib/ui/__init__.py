"""What pages are made of. With Home.py and pages/ the only place that imports streamlit; nothing heavy comes in here."""
