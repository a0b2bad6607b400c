"""Questions about one dwelling that need a whole bundle: what if a fact were different, why is there no value?"""
