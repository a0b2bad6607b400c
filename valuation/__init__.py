"""A municipality's sales go in; a value, a probable range and a reason for every dwelling of its roll come out."""
