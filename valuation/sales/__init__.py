"""What was sold, which sales count, and what would they have fetched at the valuation date?"""
