"""Give a principal exactly what run command needs."""
