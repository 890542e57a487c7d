"""The booking rules: one file each (a min/max pair shares one), pure functions over a Context.

A new rule is a new file here with a function decorated by `registry.rule`; docs, the policy form, waiver
choices and the API's list of codes follow from the registry. Source of meanings: domain.md, "Rules".
"""
