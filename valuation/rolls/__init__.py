"""Which values were released, of which dwelling, and can each be made again? Free of web and database."""
