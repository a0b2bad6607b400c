"""How close do the values come to the prices, and are they equally close for cheap and dear dwellings?"""
