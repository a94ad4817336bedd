"""The pages for people: log-in, files, devices, account. Server-rendered; HTML, forms, cookies.

Rules of files and accounts are not here, and nothing here is part of the REST contract.
"""
