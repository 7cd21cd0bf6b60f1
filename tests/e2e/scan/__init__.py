"""`az aks invoke-fix scan` in the real CLI."""
