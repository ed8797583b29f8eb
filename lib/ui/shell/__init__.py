"""What stands around every page: which pages there are, how one begins, the side bar, the open project, Streamlit's frame mended."""
