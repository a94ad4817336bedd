"""Two homes, two real daemons, one real cloud: what people report of programs that sync."""
