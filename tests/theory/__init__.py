"""The real floor on simulated time, beside what queueing theory says about it."""
