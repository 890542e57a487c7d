"""The steps of a demo province, in order; each makes its rows for a Plan and the ones before it."""
