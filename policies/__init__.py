"""What partners may get: documents, requests, evaluation, lint and consent; pure."""
