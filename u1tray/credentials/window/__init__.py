"""The log-in window: a process of its own, which the Credentials service starts and speaks with.

Shows pages and hands on what a person does; knows no cloud, no vault and no bus. The only part of
the Credentials service that may import PyQt5, and nothing of the service may import it.
"""
