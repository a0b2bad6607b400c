"""What would this dwelling have sold for on the valuation date, how sure are we, and what must somebody look at?"""
