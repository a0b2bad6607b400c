"""What must never be kept or written down, and how is it found before it is?"""
