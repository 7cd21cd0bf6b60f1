"""Who may do what where, as Azure Resource Manager decides it."""
