"""The gateway: HTTP, people, keys, storage, jobs and the command line."""
