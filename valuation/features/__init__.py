"""What do the models see of a dwelling, and on which day did anybody know it?"""
