"""Words for people: problems, languages, sizes and times."""
