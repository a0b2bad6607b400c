"""What does a value cost its owner, by the rules of the place?"""
