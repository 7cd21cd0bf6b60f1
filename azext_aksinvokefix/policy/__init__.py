"""What is known about Azure Policy and the command pod: which policies are in force, who denies, who may be excused."""
