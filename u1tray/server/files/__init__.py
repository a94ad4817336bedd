"""The rules of volumes, nodes and contents (REST contract, 3 to 10). No HTTP wire, no disk here."""
