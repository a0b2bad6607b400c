"""What would change, and for whom, if one version of the values took the place of another?"""
