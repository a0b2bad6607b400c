"""How do other technologies carry what the domain says? Only here may they be imported."""
