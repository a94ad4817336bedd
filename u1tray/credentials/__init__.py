"""`com.ubuntuone.Credentials`: log-in, and the account's token in a vault (D-Bus contract, 9)."""
