"""How is a flagged value settled by people, and how is it proven afterwards? Free of web, database and clock."""
