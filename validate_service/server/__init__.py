"""How requests come in.

``worker`` collects each request before a thread sees it; ``edge`` gives it an id and its true address; ``application``
decides which facade answers which path; ``logs`` writes what happened without what was said, and ``metrics`` how often;
``serving`` starts it all.
"""
