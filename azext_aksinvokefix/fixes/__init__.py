"""What is changed for the user: planned, shown, agreed to, journalled, written, verified, and taken back on request.

A planner a command (exempt_policy, grant_role, add_capacity, cluster_state) makes a plan; one life of a change for all.
"""
