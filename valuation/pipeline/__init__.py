"""Which steps lead from raw tables to a valued roll? One module per stage; each is a command and a stage of DVC."""
