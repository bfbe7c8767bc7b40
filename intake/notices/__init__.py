"""What reporters are told: occasions, templates, who wants it, and the one way out through SMS or WeCom."""
