"""What happens is told: events to streams, numbers to Prometheus."""
