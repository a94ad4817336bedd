"""Who a request comes from: the line it came over, its OAuth signature, its token."""
