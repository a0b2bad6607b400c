"""What does a home owner read about one value? The letter: facts, value and range, sales, lines that sum to it.

`records` gathers what a letter says of each dwelling of a run, `letter_html` writes it in a language, `mailing` writes
those of the whole roll.
"""
