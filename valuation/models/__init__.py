"""What would a dwelling have sold for: by a table, by a tree a person can follow, and by many trees?"""
