"""Entry point of the toy job's worker."""

from toy_job import work

from services.workers.shell import worker_main

if __name__ == "__main__":
    raise SystemExit(worker_main(work)())
