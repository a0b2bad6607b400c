"""The report of a model version: one HTML file for a council and for the analyst who answers its questions."""
