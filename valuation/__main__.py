"""`python -m valuation` is `valuation`."""

from valuation.command_line.main import main

main()
