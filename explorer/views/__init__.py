"""What the pages Statistics, Compare and Model show: one view of a page, one file."""
