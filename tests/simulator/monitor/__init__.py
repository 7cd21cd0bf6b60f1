"""Platform metrics and the Activity Log."""
