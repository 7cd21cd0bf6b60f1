"""The loopback servers: HTTPS for Azure Resource Manager, plain HTTP for the managed identity endpoint, a proxy."""
