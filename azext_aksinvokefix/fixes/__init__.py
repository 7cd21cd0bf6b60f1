"""The fixes, a package each: a planner looks, decides and plans; the life of a change carries the plan out."""
