"""The Dataset page: the pictures of a folder, their captions, which of them are trained."""
