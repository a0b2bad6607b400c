"""What is told about a model version, and to whom? Card, register entry, impact assessment, page for home owners.

All of it is made from the files of a finished run; nothing is typed in. What a run does not hold is stated as a gap.
"""
