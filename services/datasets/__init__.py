"""Data sets: rows as they came, what their columns mean, and every edit kept.

`DatasetStore` (store.py) is the set; `Mapping` (mapping.py) derives a conversation from a row; `import_file`
(importing.py) and `export_rows` (exporting.py) are the way in and out.
"""
