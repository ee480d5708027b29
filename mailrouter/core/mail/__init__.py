"""Reading mail: octets to a Message."""
