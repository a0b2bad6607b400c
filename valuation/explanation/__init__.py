"""Why is this dwelling worth this much, in money a person can add up?"""
