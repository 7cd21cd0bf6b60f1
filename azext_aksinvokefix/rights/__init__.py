"""What is known about rights: what permissions grant, what a principal lacks, and which role gives the least."""
