"""Everything Handmade can do, without a page: import it in a notebook. Start at lib/README.md."""
