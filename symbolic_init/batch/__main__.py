"""`python -m symbolic_init.batch`: the process of a worker."""

from symbolic_init.batch.worker_process import main

main()
