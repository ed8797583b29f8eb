"""What pages are made of. With Home.py the only place that imports streamlit; anything heavier than it stays outside."""
