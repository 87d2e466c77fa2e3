"""The curated dataset: files, captions, thumbnails, edits. No Qt."""
