"""The way to a training machine: transports, deployment, conversation, sync. No Qt."""
