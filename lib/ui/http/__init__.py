"""What the server answers beside the pages: files, small pictures, zips, what is handed in; and who may come in at all."""
