"""May this version go live? Checks on the whole roll and on the newest sales, and the record of who decided."""
