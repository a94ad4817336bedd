"""The whole engine on a simulated clock, disk, network and cloud; a seed is a whole run."""
