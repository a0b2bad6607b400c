"""How sure are we of a value, and does the promised coverage hold?"""
