"""Which facts about a dwelling are recorded, and what may they be?"""
