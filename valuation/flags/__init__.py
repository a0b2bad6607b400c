"""Which values must somebody look at before they are decided, and why?"""
