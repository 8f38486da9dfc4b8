"""Workers: they take up the runs that were ordered, and do what is due by the clock."""
