"""What a dataset is to both ends: a manifest, captions, and the geometry of buckets."""
