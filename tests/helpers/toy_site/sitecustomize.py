"""Makes every Python process of a test know the toy job (put on PYTHONPATH by the `toy_jobs` fixture)."""

import toy_job  # noqa: F401
