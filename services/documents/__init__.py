"""Rows from documents, and a judge of rows: text out of files, in chunks, asked about at a chat server.

A room of its own because it knows both data sets and chat servers, which know nothing of each other. Everything long
happens in the jobs `documents` and `judge`; this room reads, cuts, asks and understands answers.
"""
