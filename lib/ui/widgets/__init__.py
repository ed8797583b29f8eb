"""What several pages show in the same way. Read `component` for those that are drawn in the browser."""
