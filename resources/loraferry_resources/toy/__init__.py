"""The toy world: its pictures (`shapes`), the thing it has never seen (`zorblax`), and how to read them (`measure`)."""
