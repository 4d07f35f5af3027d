"""How private a training is, measured: canaries in one run (Steinke, Nasr and Jagielski 2023)."""
