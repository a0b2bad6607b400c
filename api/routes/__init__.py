"""Which addresses are there? One module per noun; a route reads, asks the domain, and answers. It holds no rules."""
