"""Documents in, passages out: parse, divide, index, search, publish, answer.

Reading order: ``parsing`` (a hostile file becomes a ``Document``), ``chunking`` (a document becomes
passages), ``index`` (passages become vectors), ``library`` (versions, search, answers), ``service`` and
``client`` (the same over a Unix socket). May import ``core`` and ``models``; this file imports nothing, since
the sandboxed parser loads the package for every upload.
"""
